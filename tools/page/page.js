// page.js: fills the page from /api/v1/lag and keeps it up to date. Part of the document that serve sends.
// Every name comes from a console and may be hostile: text is only ever set as text, never as markup.
'use strict';
(() => {

// ---- Settings and state ------------------------------------------------------------------------------------------------------------

const api = 'api/v1/lag';
const pollEvery = 3000;           // cheap: the answer is 304 until the next collection
const patience = 10000;           // for one answer
const rowsAtOnce = 200;           // more on request
const namesAtOnce = 8;
const interval = Number(document.body.dataset.interval);
const fromRecording = document.body.dataset.recording === 'yes';

const state = {
  answer: null,                   // the last document, by topic and group
  tag: null,                      // its ETag
  pairs: [],                      // its totals, with what the table needs to know of each
  clockSkew: 0,                   // the exporter's clock less ours
  lost: null,                     // {since, why} while the exporter cannot be reached
  heard: null,                    // when it last answered
  sort: {column: 'lag', descending: true},
  filter: '',
  hosts: null,                    // {tag, of: Map(pair -> hosts)}, once somebody filters
  limit: rowsAtOnce,
  opened: new Map(),              // pair -> {tag, answer, error}
  openedProcesses: new Set(),
  unfolded: new Set(),            // lists of names that are shown whole
};

// ---- Words and numbers -------------------------------------------------------------------------------------------------------------

const skipWords = {
  broadcast: 'broadcast groups: their offsets live in the clients, so the console’s numbers mean nothing',
  ghost: 'groups that do not exist: brokers 5.3.3 register a topic’s name as a group',
  filtered: 'left out by --topics or --groups',
};

/// As the program prints names: one line, nothing that reorders or hides text.
const printable = text => text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');

/// Beyond 2^53 a browser knows no exact number, so none is shown.
const number = n => Number.isSafeInteger(n) ? n.toLocaleString('en-US') : 'over 9,007,199,254,740,991';
const count = (n, noun) => `${number(n)} ${noun}${n === 1 ? '' : 's'}`;
const joined = parts => parts.filter(Boolean).join(' · ');
const two = n => String(n).padStart(2, '0');

/// "12:50:28" in the reader's time zone, with the date unless it is the collection's.
function timeOf(when, reference = state.answer && state.answer.collected_at) {
  const date = new Date(when), day = d => `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
  if (Number.isNaN(date.getTime())) return '–';
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return reference && day(new Date(reference)) === day(date) ? time : `${day(date)} ${time}`;
}

function duration(milliseconds) {
  const s = Math.max(0, Math.round(milliseconds / 1000)), m = Math.floor(s / 60), h = Math.floor(m / 60), d = Math.floor(h / 24);
  if (s < 60) return `${s} s`;
  if (m < 60) return `${m} min`;
  return h >= 48 ? `${d} d` : m % 60 === 0 ? `${h} h` : `${h} h ${m % 60} min`;
}

const bytes = n => n < 1e4 ? `${number(n)} B` : n < 1e7 ? `${number(Math.round(n / 1e3))} kB` : `${number(Math.round(n / 1e6))} MB`;
const keyOf = ({topic, group}) => JSON.stringify([topic, group]);

// ---- The document ------------------------------------------------------------------------------------------------------------------

const byId = id => document.getElementById(id);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null));
  return made;
}

function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

const nameOf = (text, absent = 'no name') => text === null ? element('span', {class: 'soft'}, absent)
                                                               : element('span', {class: 'name'}, printable(text));
const cell = (kind, ...children) => element('td', {role: 'cell', class: kind}, ...children);
const row = (kind, ...cells) => element('tr', {role: 'row', class: kind}, ...cells);
const headOf = headings => element('thead', {role: 'rowgroup'}, row('', ...Object.entries(headings).map(([kind, text]) =>
  element('th', {role: 'columnheader', scope: 'col', class: kind}, text))));

/// A button that shows or hides what stands below it. `focus` finds it again after the place was filled anew.
const opener = (focus, open, controls, ...label) =>
  element('button', {type: 'button', class: 'opener', 'aria-expanded': String(open), 'aria-controls': open ? controls : null,
                     'data-focus': focus}, ...label);

/// The whole line opens, the button in it for the keyboard; marking text does not.
const onLine = action => () => { if (String(getSelection()) === '') action(); };

function amount(lag, most) {
  const bar = element('i');
  bar.style.width = `${most > 0 ? 100 * lag / most : 0}%`;
  return element('div', {class: 'amount'},
                 element('span', {class: 'bar', 'aria-hidden': 'true', ...(lag > 0 ? {} : {'data-none': ''})}, bar),
                 element('b', lag > 0 ? {} : {class: 'none'}, number(lag)));
}

/// Whatever `fill` replaces, the keyboard stays where it was.
function keepingFocus(fill) {
  const focus = document.activeElement && document.activeElement.dataset.focus;
  fill();
  if (!focus || document.activeElement.dataset.focus === focus) return;
  const again = document.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
  if (again) again.focus({preventScroll: true});
}

// ---- What the numbers say ----------------------------------------------------------------------------------------------------------

/// The same words and sums as the program's own summary (lag_table.cc).
function summary({totals, unknown, outcome}) {
  const alarms = unknown.filter(entry => entry.reason !== 'not_subscribed');
  const read = new Set(totals.map(total => total.group));
  const notKnown = new Set(alarms.map(entry => entry.group).filter(group => group !== null && !read.has(group)));
  const sum = name => totals.reduce((all, total) => all + total[name], 0);
  return {
    alarms, groups: read.size + notKnown.size, read: read.size,
    behind: new Set(totals.filter(total => total.lag > 0).map(total => total.group)).size,
    lag: sum('lag'), unowned: sum('unowned_queues'),
    carried: totals.filter(total => total.read_at).length,
    allKnown: outcome === 'complete' && alarms.length === 0,
    topics: alarms.filter(entry => entry.group === null).length,
  };
}

function headline(answer, all) {
  if (answer.outcome === 'failed') return 'nothing could be read';
  if (all.read === 0) return all.allKnown ? 'no consumer groups' : 'no group could be read';
  if (all.behind === 0) return all.allKnown ? 'no group is behind' : 'no group that could be read is behind';
  return `${count(all.lag, 'message')} behind in ${number(all.behind)} of ${count(all.groups, 'group')}`;
}

function notesOf(total) {
  const ahead = total.saturated ? 0 : total.lag - total.diff;
  const notes = [
    total.unowned_queues > 0 && `${count(total.unowned_queues, 'queue')} without a known owner`,
    ahead > 0 && `${count(ahead, 'message')} ahead of the broker`,
    total.incomplete && 'fewer queues than other groups of this topic',
    total.saturated && 'a sum beyond 64 bits',
  ].filter(Boolean).join('; ');
  if (!total.read_at) return [notes];
  return [element('span', {class: 'warn'}, `carried over, read ${timeOf(total.read_at)}`), notes && `; ${notes}`];
}

/// [text, explanation]: the oldest message that a consumer stopped at, where there is lag.
function consumedUpTo({lag, oldest_consumed_ms: oldest}) {
  if (lag === 0) return ['', ''];
  if (oldest === null) return ['–', 'Not known: a queue with lag has no last consumed message'];
  const age = Date.parse(state.answer.collected_at) - oldest;
  return [timeOf(oldest), `The message was stored ${duration(age)} before this collection`];
}

// ---- Filling the page --------------------------------------------------------------------------------------------------------------

function render() {
  const answer = state.answer;
  if (!answer) return;
  const all = summary(answer);
  keepingFocus(() => {
    const sentence = headline(answer, all);
    setText(byId('headline'), sentence[0].toUpperCase() + sentence.slice(1));
    setText(byId('subline'), joined([
      answer.outcome !== 'failed' && !all.allKnown && 'Not everything could be read: what is missing stands under “Not known”',
      all.carried > 0 && `${count(all.carried, 'pair')} carried over from an earlier collection, in whole or in part`,
    ]));
    renderFailures(answer);
    renderTiles(answer, all);
    renderUnknown(all.alarms);
    renderPairs();
    renderLeftOut(answer);
    renderCollection(answer);
  });
  renderState();
}

function renderFailures({failures}) {
  byId('failures').hidden = failures.length === 0;
  byId('failures').replaceChildren(...failures.map(failure =>
    element('li', {}, printable(`${failure.target} failed: ${failure.message || failure.reason}`))));
}

function renderTiles(answer, all) {
  const tile = (name, value, remark, alarm = '') => {
    const [, shown, note] = byId(`tile-${name}`).children;
    setText(shown, value);
    setText(note, remark);
    shown.title = value;
    byId(`tile-${name}`).className = alarm;
  };
  const knows = all.read > 0 || all.allKnown;
  const failed = answer.outcome === 'failed';
  const scope = !knows ? 'nothing could be read' : failed ? 'as last read' : all.allKnown ? '' : 'in what could be read';
  tile('lag', knows ? number(all.lag) : '–', scope);
  tile('groups', knows ? number(all.behind) : '–', knows ? `of ${number(all.groups)}` : '');
  tile('unowned', knows ? number(all.unowned) : '–', scope);
  const pairs = all.alarms.length - all.topics;
  tile('unknown', failed && all.alarms.length === 0 ? 'everything' : number(all.alarms.length),
       joined([pairs > 0 && count(pairs, 'pair'), all.topics > 0 && count(all.topics, 'whole topic')]),
       failed || all.alarms.length > 0 ? 'warn' : '');
  const {brokers} = answer, gone = brokers.filter(broker => broker.up === false), unsure = brokers.filter(broker => broker.up === null);
  const anyKnown = brokers.length > unsure.length;
  tile('brokers', anyKnown ? number(gone.length) : '–',
       joined([gone.length > 0 ? printable(gone.map(broker => broker.broker).join(', ')) : anyKnown && `of ${number(brokers.length)}`,
               unsure.length > 0 && `${number(unsure.length)} not known`, brokers.length === 0 && 'no broker was seen']),
       gone.length > 0 ? 'bad' : '');
}

/// Each reason with its names: the first few, the rest on request.
function reasonList(entries, key, anyTopic, wordsOf) {
  const byWords = new Map();
  for (const entry of entries) {
    const words = wordsOf(entry);
    if (!byWords.has(words)) byWords.set(words, []);
    byWords.get(words).push(entry);
  }
  return [...byWords].map(([words, list]) => {
    const id = `${key} ${words}`, whole = state.unfolded.has(id) || list.length <= namesAtOnce + 1;
    const items = (whole ? list : list.slice(0, namesAtOnce)).map(({topic, group}) => {
      const ofTopic = topic === group ? [] : [nameOf(topic, anyTopic), element('span', {class: 'soft'}, ' · ')];
      return element('li', {}, ...ofTopic, nameOf(group, 'every group'));
    });
    const rest = whole ? null : element('li', {}, element('button', {type: 'button', click: () => { state.unfolded.add(id); render(); }},
                                                          `and ${number(list.length - namesAtOnce)} more`));
    return element('div', {class: 'reason'},
                   element('p', {}, element('strong', {}, printable(words)), element('span', {class: 'soft'}, ` ${number(list.length)}`)),
                   element('ul', {}, ...items, rest));
  });
}

function renderUnknown(alarms) {
  const shown = alarms.filter(matches);
  byId('unknown').hidden = shown.length === 0;
  byId('unknown-list').replaceChildren(...reasonList(shown, 'unknown', 'no topic', entry => entry.message || entry.reason));
}

function renderLeftOut({skipped, unknown}) {
  const without = unknown.filter(entry => entry.reason === 'not_subscribed');
  const list = [
    ...reasonList(skipped.filter(matches), 'skipped', 'every topic', entry => skipWords[entry.reason] || entry.reason),
    ...reasonList(without.filter(matches), 'subscription', 'no topic',
                  () => 'without a subscription: the group does not subscribe the topic'),
  ];
  byId('left-out').hidden = list.length === 0;
  byId('left-out-list').replaceChildren(...list);
}

function renderCollection(answer) {
  const {source, cost} = answer;
  setText(byId('console'), printable(source.url));
  const facts = [
    ['Ended', `${timeOf(answer.collected_at, null)}${fromRecording ? ', in a recording' : ''}`],
    ['Outcome', answer.outcome],
    ['Last complete one', answer.last_complete ? timeOf(answer.last_complete, null) : 'none yet'],
    ['Took', `${cost.seconds.toFixed(1)} s`],
    ['Requests', number(cost.requests) + (cost.fact_requests > 0 ? `, ${number(cost.fact_requests)} of them for facts` : '')],
    ['Received', bytes(cost.bytes)],
    ['Console', joined([source.url, source.console || 'version not known'])],
    ['Generation', source.generation || 'not known'],
    ['NameServer', source.namesrv || 'not known'],
    ['Every', interval > 0 ? duration(interval) : 'on each scrape'],
  ];
  if (answer.dead_letters) {
    const held = answer.dead_letters.filter(entry => entry.messages > 0);
    facts.push(['Dead letters', held.length === 0 ? 'none' : held.map(entry => `${entry.group} ${number(entry.messages)}`).join(', ')]);
  }
  byId('collection').replaceChildren(...facts.map(([term, text]) =>
    element('div', {}, element('dt', {}, term), element('dd', {}, printable(text)))));
}

/// How the last collection went and how old it is; what is wrong with the exporter itself.
function renderState() {
  const {answer, lost} = state;
  document.body.classList.toggle('stale', Boolean(lost && answer));
  const banner = byId('unreachable');
  banner.hidden = !lost;
  if (lost) {
    const since = timeOf(state.heard ?? lost.since, lost.since);
    const shown = answer ? `What you see is the collection of ${timeOf(answer.collected_at, Date.now())} and may be wrong by now.` : '';
    setText(banner, `The exporter has not answered since ${since} (${lost.why}). ${shown}`);
  }
  const age = answer ? Date.now() + state.clockSkew - Date.parse(answer.collected_at) : 0;
  const late = Boolean(answer) && !fromRecording && interval > 0 && age > 3 * interval + 30000;
  const outcome = byId('outcome');
  setText(outcome, lost ? 'no connection' : late ? 'late' : answer ? answer.outcome : 'waiting');
  document.title = `${lost ? 'no connection' : byId('headline').textContent} – rmqlag`;
  outcome.className = `pill ${lost ? 'lost' : late ? 'partial' : answer ? answer.outcome : ''}`;
  const ago = fromRecording ? ' in a recording' : `, ${duration(age)} ago`;
  const verb = answer && answer.outcome === 'failed' ? 'tried' : 'collected';
  if (answer) setText(byId('age'), `${verb} ${timeOf(answer.collected_at, Date.now())}${ago}`);
}

// ---- The table of pairs ------------------------------------------------------------------------------------------------------------

const lines = new Map();          // pair -> {body, id} and what is shown there; kept as long as the pair is there
let lineCount = 0;

const columns = {
  topic: pair => pair.topic,
  group: pair => pair.group,
  queues: pair => pair.queues,
  lag: pair => pair.lag,
  change: pair => pair.change ?? -Infinity,
  consumed: pair => -(pair.oldest_consumed_ms ?? Infinity),   // the oldest is the worst
};

const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;

function sortedPairs() {
  const value = columns[state.sort.column], direction = state.sort.descending ? -1 : 1;
  return state.pairs.filter(matches).sort((a, b) =>
    direction * compare(value(a), value(b)) || compare(a.topic, b.topic) || compare(a.group, b.group));
}

function matches(pair) {
  if (state.filter === '') return true;
  const hosts = state.hosts && state.hosts.of.get(keyOf(pair));
  return [pair.topic, pair.group, hosts].some(text => text && text.toLowerCase().includes(state.filter));
}

function renderPairs() {
  const found = sortedPairs(), shown = found.slice(0, state.limit);
  const most = state.pairs.reduce((max, pair) => Math.max(max, pair.lag), 0);
  const table = byId('pairs'), wanted = shown.map(pair => lineOf(pair, most));
  const bodies = new Set(wanted);
  for (const body of [...table.tBodies]) if (!bodies.has(body)) body.remove();
  wanted.forEach((body, place) => { if (table.tBodies[place] !== body) table.insertBefore(body, table.tBodies[place] || null); });

  const all = count(state.pairs.length, 'pair'), unsearched = state.hosts ? '' : ', hosts not searched yet';
  const sum = state.filter === '' ? all : `${number(found.length)} of ${all}${unsearched}`;
  setText(byId('count'), state.pairs.length > 0 || state.answer.complete ? sum : '');
  byId('more').hidden = found.length <= shown.length;
  setText(byId('more'), `Show all ${number(found.length)}`);
  byId('nothing').hidden = found.length > 0;
  table.hidden = state.pairs.length === 0;
  const none = state.answer.complete ? 'There are no consumer groups.' : 'No offsets could be read, so nothing is known about any lag.';
  setText(byId('nothing'), state.pairs.length > 0 ? 'No topic, group or host has this in its name.' : none);
  for (const button of table.tHead.querySelectorAll('button')) {
    const header = button.closest('th');
    if (button.dataset.sort !== state.sort.column) header.removeAttribute('aria-sort');
    else header.setAttribute('aria-sort', state.sort.descending ? 'descending' : 'ascending');
  }
}

function lineOf(pair, most) {
  const key = keyOf(pair), open = state.opened.has(key);
  if (!lines.has(key)) lines.set(key, {body: element('tbody', {role: 'rowgroup', class: 'pair'}), id: `pair-${++lineCount}`});
  const line = lines.get(key), {body, id} = line;
  if (line.pair !== pair || line.most !== most || line.open !== open) {
    Object.assign(line, {pair, most, open, detail: null});
    const shown = row('line',
      cell('topic', opener(key, open, id, nameOf(pair.topic))), cell('group', nameOf(pair.group)),
      cell('queues', number(pair.queues)), cell('lag', amount(pair.lag, most)), cell('change', ...changeOf(pair)),
      consumedCell(pair), cell('notes', ...notesOf(pair)));
    shown.addEventListener('click', onLine(() => toggle(pair)));
    body.replaceChildren(shown);
  }
  const detail = state.opened.get(key);
  if (open && line.detail !== detail) {
    line.detail = detail;
    if (body.rows[1]) body.rows[1].remove();
    body.append(row('detail', element('td', {role: 'cell', colspan: 7, id}, detailOf(pair, detail))));
  }
  return body;
}

function consumedCell(total) {
  const [text, explanation] = consumedUpTo(total);
  return element('td', {role: 'cell', class: 'consumed', title: explanation || null}, text);
}

function changeOf({lag, change}) {
  if (change === null || (lag === 0 && change === 0)) return [];
  if (change === 0) return [element('span', {class: 'soft'}, '±0')];
  return [element('span', {class: change > 0 ? 'warn' : 'soft'}, `${change > 0 ? '+' : '−'}${number(Math.abs(change))}`)];
}

// ---- An opened pair: its processes, and their queues -------------------------------------------------------------------------------

function detailOf(pair, {answer, error}) {
  if (error) return element('p', {class: 'message bad'}, error);
  if (!answer) return element('p', {class: 'message'}, 'Reading …');
  const most = answer.totals.reduce((max, total) => Math.max(max, total.lag), 0);
  const [facts] = answer.groups;
  const head = headOf({process: 'Process', queues: 'Queues', lag: 'Lag', consumed: 'Consumed up to', notes: 'Notes'});
  const body = element('tbody', {role: 'rowgroup'});
  answer.totals.forEach((total, place) => body.append(...processLines(pair, total, most, answer.rows, facts, place)));
  const known = facts && facts.members !== null;
  const members = !known ? '' : facts.members === 0 ? 'nobody online' : `${count(facts.members, 'member')} online`;
  return element('div', {}, element('table', {role: 'table', class: 'inner', 'aria-label': 'Processes'}, head, body),
                 members ? element('p', {class: 'message'}, `The group has ${members}, as of the console’s last list of groups.`) : null);
}

function processLines(pair, total, most, rows, facts, place) {
  const key = JSON.stringify([pair.topic, pair.group, total.host, total.process]), open = state.openedProcesses.has(key);
  const id = `${lines.get(keyOf(pair)).id}-${place}`;
  const owned = total.unowned_queues < total.queues;
  const owner = !owned ? [element('span', {class: 'warn'}, facts && facts.members === 0 ? 'nobody online' : 'owner unknown')]
                       : [nameOf(total.host, 'host unknown'), ' ', nameOf(total.process, 'process unknown')];
  const line = row('line', cell('process', opener(key, open, id, ...owner)), cell('queues', number(total.queues)),
                   cell('lag', amount(total.lag, most)), consumedCell(total), cell('notes', ...notesOf({...total, unowned_queues: 0})));
  line.addEventListener('click', onLine(() => {
    if (!state.openedProcesses.delete(key)) state.openedProcesses.add(key);
    state.opened.set(keyOf(pair), {...state.opened.get(keyOf(pair))});
    render();
  }));
  if (!open) return [line];
  const own = rows.filter(entry => entry.host === total.host && entry.process === total.process);
  return [line, row('detail', element('td', {role: 'cell', colspan: 5, id}, queueTable(own)))];
}

function queueTable(rows) {
  const last = ms => ms === null ? '–' : timeOf(ms);
  const sorted = [...rows].sort((a, b) => compare(b.lag, a.lag) || compare(a.broker, b.broker) || a.queue - b.queue);
  const head = headOf({'broker': 'Broker', 'queue number': 'Queue', 'lag number': 'Lag', 'end number': 'Broker offset',
                       'committed number': 'Consumer offset', 'stored number': 'Last consumed'});
  const lines = sorted.map(entry => row('',
    cell('', nameOf(entry.broker), entry.read_at ? element('span', {class: 'soft'}, ` carried over, read ${timeOf(entry.read_at)}`) : ''),
    cell('number', String(entry.queue)),
    cell('number', entry.diff < 0 ? `0 (${number(-entry.diff)} ahead)` : number(entry.lag)),
    cell('number', number(entry.broker_offset)), cell('number', number(entry.consumer_offset)),
    cell('number', last(entry.last_consumed_ms))));
  return element('div', {class: 'scroll'}, element('table', {role: 'table', class: 'inner queue-table', 'aria-label': 'Queues'},
                 head, element('tbody', {role: 'rowgroup'}, ...lines)));
}

function toggle(pair) {
  const key = keyOf(pair);
  if (!state.opened.delete(key)) {
    state.opened.set(key, {});
    readDetail(key);
  }
  render();
}

// ---- Asking the exporter -----------------------------------------------------------------------------------------------------------

/// {status, tag, answer}; throws where there is no good answer.
async function ask(parameters, tag = null) {
  const response = await fetch(`${api}?${new URLSearchParams(parameters)}`,
                               {cache: 'no-store', headers: tag ? {'If-None-Match': tag} : {}, signal: AbortSignal.timeout(patience)});
  const served = Date.parse(response.headers.get('Date'));
  if (!Number.isNaN(served)) state.clockSkew = served - Date.now();
  if (response.status === 304) return {status: 304, tag, answer: null};
  const isJson = (response.headers.get('Content-Type') || '').startsWith('application/json');
  if (!isJson || ![200, 503].includes(response.status)) throw new Error(`its answer was ${response.status}`);
  return {status: response.status, tag: response.headers.get('ETag'), answer: await response.json()};
}

async function poll() {
  try {
    const {status, tag, answer} = await ask({by: 'topic,group'}, state.tag);
    state.lost = null;
    state.heard = Date.now();
    if (status === 503) setText(byId('headline'), 'No collection has ended yet');
    if (status === 200) await accept(answer, tag);
  } catch (error) {
    const why = error.name === 'TimeoutError' ? 'no answer in time' : error instanceof TypeError ? 'it cannot be reached' : error.message;
    state.lost = {since: state.lost ? state.lost.since : Date.now(), why};
  }
  renderState();
  setTimeout(poll, pollEvery);
}

async function accept(answer, tag) {
  const before = new Map(state.pairs.map(pair => [keyOf(pair), pair]));
  state.answer = answer;
  state.tag = tag;
  state.pairs = answer.totals.map(total => {
    const earlier = before.get(keyOf(total));
    const comparable = earlier && !earlier.read_at && !total.read_at;
    return {...total, change: comparable ? total.lag - earlier.lag : null};
  });
  const present = new Set(state.pairs.map(keyOf));
  for (const kept of [lines, state.opened]) for (const key of [...kept.keys()]) if (!present.has(key)) kept.delete(key);
  render();
  await Promise.all([...[...state.opened.keys()].map(readDetail), state.filter === '' ? null : readHosts()]);
}

async function readDetail(key) {
  const [topic, group] = JSON.parse(key);
  let detail;
  try {
    const {status, answer} = await ask({by: 'host,process', topic, group, rows: '1'});
    detail = status === 200 ? {answer} : {};
  } catch (error) {
    detail = {error: 'The exporter did not answer: what is in here is not known.'};
  }
  if (!state.opened.has(key)) return;
  state.opened.set(key, detail);
  render();
}

/// Who holds what, for the filter alone: asked for only when somebody filters.
async function readHosts() {
  if (state.hosts && state.hosts.tag === state.tag) return;
  const {status, tag, answer} = await ask({by: 'topic,group,host'}).catch(() => ({status: 0}));
  if (status !== 200) return;
  const of = new Map();
  for (const total of answer.totals) {
    if (total.host !== null) of.set(keyOf(total), `${of.get(keyOf(total)) || ''}\n${total.host}`);
  }
  state.hosts = {tag, of};
  render();
}

// ---- What people do ----------------------------------------------------------------------------------------------------------------

byId('pairs').tHead.addEventListener('click', event => {
  const button = event.target.closest('button');
  if (!button) return;
  const column = button.dataset.sort, again = state.sort.column === column;
  state.sort = {column, descending: again ? !state.sort.descending : !['topic', 'group'].includes(column)};
  render();
});

byId('filter').addEventListener('input', event => {
  state.filter = event.target.value.trim().toLowerCase();
  render();
  if (state.filter !== '') readHosts();
});

byId('more').addEventListener('click', () => {
  state.limit = Infinity;
  render();
});

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
setText(byId('zone'), `Times are of this browser’s time zone${zone ? ` (${zone})` : ''}.`);
setInterval(renderState, 1000);
poll();

})();
