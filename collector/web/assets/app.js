// SPDX-License-Identifier: GPL-3.0-or-later
// What every page does beside its HTML: it renews <main> when its topic changes.
