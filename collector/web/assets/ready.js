// SPDX-License-Identifier: GPL-3.0-or-later
// Ready-made graphs: a choice of name, place and month becomes a picture and its files. The list
// comes from the server, which knows the files; the page has the form (pages/graphpage.c).

// An answer of the API, or an error with what it says.
async function ask(url) {
  const answer = await fetch(url, {headers: {Accept: 'application/json'}});
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Error(body.error?.message ?? String(answer.status));
}

// The address of a graph as chosen.
function addressOf(form, format, lang) {
  const query = new URLSearchParams({format, lang});
  for (const name of ['zone', 'node', 'month']) {
    const field = form.elements[name];
    if (!field.disabled && field.value.trim() !== '') query.set(name, field.value.trim());
  }
  return `/api/v1/graphs/${encodeURIComponent(form.elements.graph.value)}?${query}`;
}

class Ready {
  #section;
  #form;
  #picture;
  #files;
  #wrong;
  #turn = 0;

  constructor(section) {
    this.#section = section;
    this.#form = section.querySelector('form');
    this.#picture = section.querySelector('img');
    this.#files = [...section.querySelectorAll('a[data-format]')];
    this.#wrong = section.querySelector('.alarm');
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.show();
    });
    this.#form.elements.graph.addEventListener('change', () => this.fit());
  }

  // Fills in the names; without any the section stays hidden.
  async begin() {
    const answer = await ask(`/api/v1/graphs?lang=${this.#section.dataset.lang}`);
    const {graphs} = await answer.json();
    for (const graph of graphs.filter((g) => g.error === null)) {
      const option = document.createElement('option');
      option.value = graph.name;
      option.textContent = graph.title.replace(/\s*[:,–-]?\s*\{\w+\}/g, '');
      option.dataset.scope = graph.scope;
      this.#form.elements.graph.append(option);
    }
    this.#section.hidden = this.#form.elements.graph.options.length === 0;
    this.fit();
  }

  // A graph of a node needs one, and no zone.
  fit() {
    const scope = this.#form.elements.graph.selectedOptions[0]?.dataset.scope;
    this.#form.elements.node.required = scope === 'node';
    this.#form.elements.zone.required = scope === 'zone';
    this.#form.elements.zone.disabled = scope === 'node';
  }

  // The picture, or what is wrong; an answer that comes after another was asked for is dropped.
  async show() {
    const turn = ++this.#turn;
    this.#section.setAttribute('aria-busy', 'true');
    try {
      const url = addressOf(this.#form, 'png', this.#section.dataset.lang);
      await ask(url);
      if (turn === this.#turn) this.#put(url);
    } catch (error) {
      if (turn === this.#turn) this.#say(error.message);
    }
    if (turn === this.#turn) this.#section.removeAttribute('aria-busy');
  }

  // Shows a picture and where its files are.
  #put(url) {
    this.#picture.src = url;
    this.#picture.alt = this.#form.elements.graph.selectedOptions[0].textContent;
    this.#picture.hidden = false;
    this.#wrong.hidden = true;
    for (const link of this.#files) {
      link.href = `${addressOf(this.#form, link.dataset.format, this.#section.dataset.lang)}&save=1`;
      link.parentElement.hidden = false;
    }
  }

  // Says why there is none.
  #say(text) {
    this.#wrong.textContent = text;
    this.#wrong.hidden = false;
    this.#picture.hidden = true;
  }
}

const section = document.getElementById('ready');
if (section !== null) new Ready(section).begin().catch(() => { section.hidden = true; });
