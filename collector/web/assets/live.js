// SPDX-License-Identifier: GPL-3.0-or-later
// The one client of /api/v1/live (collector/web/live.h): a page follows a topic and is told of what
// changes and of how well the stream is.
//
//   import {follow} from './live.js';
//   const stop = follow('zone:A', {full(map), set(key, value), drop(key), status(how)});
//
// All members may be absent. full() gets the whole Map, at first and after each reconnect; without
// full() the difference comes by set() and drop(). status() comes at each change and once a second:
//   state: 'live'        something came within the last 5 s
//          'late'        nothing for 5 s
//          'lost'        nothing for 8 s, or the collector cannot be reached
//          'signed-out'  the collector no longer knows who we are
//   why: '' or, of a stream that cannot be had, 'unreachable', 'busy', 'refused'
//   last_ms: the collector's time when it was heard of last (0: never)
//   now_ms: what its clock should say now (0: not known)
// A page that is not looked at lets go of its stream after a while (a browser has six connections
// for all its tabs); {hidden: true} as the third argument keeps it.

const LATE_MS = 5000;
const LOST_MS = 8000;
const LOOK_MS = 500;
const TELL_MS = 1000;
const HIDDEN_MS = 60000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
const REFUSED_WAIT_MS = 30000;
const MAX_EVENT = 16 * 1024 * 1024;

const streams = new Map(); // by topic

// Milliseconds that no step of a clock disturbs.
const now = () => performance.now();

// Cuts what arrived into events: [name, data] each; what is not yet whole stays.
class Events {
  #rest = '';

  // The events that this text completes.
  take(text) {
    this.#rest += text;
    const found = [];
    for (let end; (end = this.#rest.indexOf('\n\n')) >= 0; this.#rest = this.#rest.slice(end + 2)) {
      const event = {name: 'message', data: ''};
      for (const line of this.#rest.slice(0, end).split('\n')) {
        if (line.startsWith('event: ')) event.name = line.slice(7);
        else if (line.startsWith('data: ')) event.data += line.slice(6);
      }
      found.push(event);
    }
    if (this.#rest.length > MAX_EVENT) throw new Error('an event is too long');
    return found;
  }
}

// The stream of one topic, and all on this page that follow it.
class Stream {
  #topic;
  #followers = new Set();
  #pieces = new Map();
  #whole = false; // pieces are what the collector said last
  #abort = null; // of the request that runs
  #state = 'late';
  #why = '';
  #heard = now(); // when something came last
  #heardWall = 0; // what the collector's clock said then
  #told = 0;
  #wait = FIRST_WAIT_MS; // before the next attempt but one
  #again = 0; // when to try; 0: a request runs
  #hiddenSince = 0;
  #timer = 0;

  constructor(topic) {
    this.#topic = topic;
    this.#begin();
  }

  // Another one on this page follows.
  add(follower) {
    this.#followers.add(follower);
    if (this.#whole) this.#giveAll(follower, new Map());
    follower.to.status?.(this.#how());
  }

  // It does no more; whether anybody is left.
  remove(follower) {
    this.#followers.delete(follower);
    return this.#followers.size > 0;
  }

  // Ends the stream; wake() begins it again.
  rest() {
    clearInterval(this.#timer);
    this.#timer = 0;
    this.#abort?.abort();
    this.#abort = null;
  }

  // Begins again what rested.
  wake() {
    if (this.#timer === 0) this.#begin();
  }

  // Starts looking at the clock, and asks.
  #begin() {
    this.#heard = now();
    this.#wait = FIRST_WAIT_MS;
    this.#hiddenSince = 0;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#ask();
  }

  // What status() gets.
  #how() {
    const since = now() - this.#heard;
    return {
      state: this.#state,
      why: this.#why,
      last_ms: this.#heardWall,
      now_ms: this.#heardWall === 0 ? 0 : Math.round(this.#heardWall + since),
    };
  }

  // Tells all how it is.
  #tell() {
    this.#told = now();
    for (const f of [...this.#followers]) f.to.status?.(this.#how());
  }

  // Notes a state and tells of it if it is another.
  #be(state, why = '') {
    if (state === this.#state && why === this.#why) return;
    this.#state = state;
    this.#why = why;
    this.#tell();
  }

  // Looks at the clock: is anything due?
  #look() {
    const silent = now() - this.#heard;
    if (this.#isUnseen()) return this.#letGo();
    if (this.#state === 'live' && silent >= LATE_MS) this.#be('late');
    if (this.#state === 'late' && silent >= LOST_MS) {
      this.#be('lost', 'unreachable');
      // A request that says nothing is worth nothing.
      if (this.#abort !== null) this.#fail();
    }
    if (this.#again !== 0 && now() >= this.#again) this.#ask();
    if (now() - this.#told >= TELL_MS) this.#tell();
  }

  // Whether nobody looked at the page for long, and nobody here minds.
  #isUnseen() {
    if (document.visibilityState === 'visible') this.#hiddenSince = 0;
    else if (this.#hiddenSince === 0) this.#hiddenSince = now();
    if (this.#hiddenSince === 0 || now() - this.#hiddenSince < HIDDEN_MS) return false;
    return ![...this.#followers].some((f) => f.hidden);
  }

  // Lets go until somebody looks again.
  #letGo() {
    this.rest();
    this.#state = 'late';
    document.addEventListener('visibilitychange', () => {
      if (this.#followers.size > 0 && streams.get(this.#topic) === this) this.wake();
    }, {once: true});
  }

  // Something came.
  #hear(wall) {
    this.#heard = now();
    this.#heardWall = wall;
    this.#wait = FIRST_WAIT_MS;
    this.#be('live');
  }

  // Ends this attempt and sets the time of the next: later each time, and not when all others come.
  #fail(least = 0, most = Infinity) {
    const abort = this.#abort;
    this.#abort = null;
    abort?.abort();
    const wait = Math.min(Math.max(least, this.#wait), most);
    this.#again = now() + wait * (0.5 + Math.random());
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }

  // Asks for the stream and reads it to its end.
  async #ask() {
    const abort = new AbortController();
    this.#abort = abort;
    this.#again = 0;
    try {
      const answer = await fetch(`/api/v1/live?topic=${encodeURIComponent(this.#topic)}`,
        {signal: abort.signal, cache: 'no-store', headers: {Accept: 'text/event-stream'}});
      if (answer.ok) {
        await this.#read(answer.body.getReader(), abort);
        // It ended in good order, to be asked for again: the collector looks who we are.
        if (this.#abort === abort && this.#state === 'live') return this.#fail(0, 200);
      } else if (this.#abort === abort) return this.#refused(answer);
    } catch {
      // What went wrong is seen by what does not come.
    }
    if (this.#abort !== abort) return;
    this.#fail();
    if (this.#state === 'signed-out' || this.#why === 'busy' || this.#why === 'refused') {
      this.#be('lost', 'unreachable');
    }
  }

  // The collector answers, but not with the stream.
  #refused(answer) {
    const after = 1000 * Number(answer.headers.get('Retry-After') ?? 0);
    answer.body?.cancel();
    if (answer.status === 401) {
      this.#fail(REFUSED_WAIT_MS);
      this.#be('signed-out');
    } else if (answer.status === 503 || answer.status === 502 || answer.status === 504) {
      this.#fail(Number.isFinite(after) ? after : 0);
      this.#be('lost', 'busy');
    } else {
      this.#fail(REFUSED_WAIT_MS);
      this.#be('lost', 'refused');
    }
  }

  // Reads events as they come.
  async #read(reader, abort) {
    const decoder = new TextDecoder();
    const events = new Events();
    for (;;) {
      const {value, done} = await reader.read();
      if (done || this.#abort !== abort) return;
      for (const {name, data} of events.take(decoder.decode(value, {stream: true}))) {
        this.#event(name, JSON.parse(data));
      }
    }
  }

  // One event.
  #event(name, data) {
    if (name === 'state') this.#take(data);
    this.#hear(data.now_ms);
  }

  // What changed, or all of it.
  #take({full, set, drop}) {
    const before = this.#pieces;
    if (full) {
      this.#pieces = new Map(Object.entries(set));
      this.#whole = true;
      for (const f of [...this.#followers]) this.#giveAll(f, before);
      return;
    }
    for (const key of drop) before.delete(key);
    for (const [key, value] of Object.entries(set)) before.set(key, value);
    for (const f of [...this.#followers]) this.#give(f, set, drop);
  }

  // All of it to one; before: what he knew.
  #giveAll({to}, before) {
    if (to.full) return to.full(this.#pieces);
    for (const key of before.keys()) if (!this.#pieces.has(key)) to.drop?.(key);
    for (const [key, value] of this.#pieces) {
      if (JSON.stringify(before.get(key)) !== JSON.stringify(value)) to.set?.(key, value);
    }
  }

  // What changed to one.
  #give({to}, set, drop) {
    for (const key of drop) to.drop?.(key);
    for (const [key, value] of Object.entries(set)) to.set?.(key, value);
  }
}

// Follows a topic; returns the function that ends it.
export function follow(topic, to, {hidden = false} = {}) {
  const follower = {to, hidden};
  if (!streams.has(topic)) streams.set(topic, new Stream(topic));
  const stream = streams.get(topic);
  stream.add(follower);
  return () => {
    if (stream.remove(follower) || streams.get(topic) !== stream) return;
    streams.delete(topic);
    stream.rest();
  };
}

// A page that is left needs no connection; one that comes back from the browser's cache does.
addEventListener('pagehide', () => streams.forEach((s) => s.rest()));
addEventListener('pageshow', () => streams.forEach((s) => s.wake()));
