// SPDX-License-Identifier: GPL-3.0-or-later
// Makes an element like another, changing only what differs: what has the focus, is selected, is
// scrolled, unfolded or half typed stays as it is. Children are matched by id, else by their place
// among those of their kind. An element with data-keep is a script's: it is left alone.

// What tells an element from its siblings.
const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE && node.id !== '' ? node.id : null);

// Whether one node can become the other.
function isAlike(from, to) {
  return from.nodeType === to.nodeType && from.nodeName === to.nodeName && keyOf(from) === keyOf(to);
}

// Whether an attribute belongs to whoever reads the page, not to the page.
function isTheirs(element, name) {
  if (name === 'open') return element.nodeName === 'DETAILS' || element.nodeName === 'DIALOG';
  return name === 'style';
}

// Takes over attributes.
function morphAttributes(from, to) {
  for (const {name, value} of [...to.attributes]) {
    if (!isTheirs(from, name) && from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  for (const {name} of [...from.attributes]) {
    if (!isTheirs(from, name) && !to.hasAttribute(name)) from.removeAttribute(name);
  }
}

// The child at or behind a place that can become the new one; NULL if there is none.
function findAlike(start, to) {
  const key = keyOf(to);
  for (let node = start; node !== null; node = node.nextSibling) {
    if (isAlike(node, to)) return node;
    // One without a name is taken from its place only: else all behind it would move.
    if (key === null && keyOf(node) === null && node.nodeType === Node.ELEMENT_NODE) return null;
  }
  return null;
}

// Takes over children in their order.
function morphChildren(from, to) {
  const wanted = new Set([...to.children].map(keyOf));
  let at = from.firstChild;
  for (const next of [...to.childNodes]) {
    // What is gone makes room first, so that what stays need not move.
    while (at !== null && keyOf(at) !== null && !wanted.has(keyOf(at))) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
    const found = findAlike(at, next);
    if (found === null) {
      from.insertBefore(document.importNode(next, true), at);
      continue;
    }
    if (found === at) at = at.nextSibling;
    else from.insertBefore(found, at);
    morph(found, next);
  }
  while (at !== null) {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  }
}

// Makes `from` like `to`, which is of the same kind.
export function morph(from, to) {
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.nodeValue !== to.nodeValue) from.nodeValue = to.nodeValue;
    return;
  }
  if (from.hasAttribute('data-keep')) return;
  morphAttributes(from, to);
  if (from.nodeName !== 'TEXTAREA') morphChildren(from, to);
}
