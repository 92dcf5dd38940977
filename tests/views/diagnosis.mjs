// A client of MCP in a real browser: it shows the view of a diagnosis as a client has to, in a frame that may run
// scripts and nothing else, and holds what is seen against the answers it was given.
//
// node diagnosis.mjs CHROMIUM SHOWN.json, where SHOWN.json holds the contents of the view's resource, the results of
// `diagnose_cluster` that it is to show, and the hostile text that stands in one of them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { chromium } from 'playwright-core';

const [browserPath, shownPath, pictures] = process.argv.slice(2);
const { contents, found, nothing, unread, hostile } = JSON.parse(readFileSync(shownPath, 'utf8'));
const data = found.structuredContent;
const findings = data.clusters.flatMap(cluster => cluster.findings);
const count = severity => findings.filter(finding => finding.severity === severity).length;
assert.ok(JSON.stringify(findings).includes(JSON.stringify(hostile).slice(1, 40)), 'the answer has the hostile text in it');
assert.ok(findings.length > 25 && data.errors.length === 1 && data.clusters.some(cluster => cluster.not_checked.length), 'the answer is worth a test');

// A server that must never be asked for anything.
let asked = 0;
const server = createServer((_, response) => { asked += 1; response.end(); });
await new Promise(done => server.listen(0, '127.0.0.1', done));
const outside = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({ executablePath: browserPath });
const page = await browser.newPage({ viewport: { width: 760, height: 900 } });
const requests = [], errors = [];
page.on('request', request => requests.push(request.url()));
page.on('pageerror', error => errors.push(String(error)));
page.on('console', message => { if (message.type() === 'error') errors.push(message.text()); });

// The client: a page with the view in it, and beside it another frame that wants to be heard.
await page.setContent('<body style="margin:0"><iframe id="view" sandbox="allow-scripts" style="border:0;width:100%;height:200px"></iframe>'
  + '<iframe id="other" sandbox="allow-scripts" srcdoc="<p>other</p>" hidden></iframe>');
await page.evaluate(html => {
  const view = document.getElementById('view');
  window.heard = [];
  window.tell = message => view.contentWindow.postMessage({ jsonrpc: '2.0', ...message }, '*');
  addEventListener('message', ({ source, data }) => {
    if (source !== view.contentWindow) return;
    heard.push(data);
    if (data.method === 'ui/initialize') {
      const hostContext = { theme: 'light', locale: 'en-GB', timeZone: 'UTC', styles: { variables: { '--color-text-primary': 'light-dark(rgb(1, 2, 3), rgb(250, 251, 252))' } } };
      tell({ id: data.id, result: { protocolVersion: '2026-01-26', hostInfo: { name: 'test', version: '1' }, hostCapabilities: {}, hostContext } });
    }
    if (data.method === 'ui/notifications/size-changed') view.style.height = `${data.params.height}px`;
  });
  view.srcdoc = html;
}, contents.text);

const heard = method => page.evaluate(method => heard.filter(message => message.method === method), method);
const tell = message => page.evaluate(message => tell(message), message);
const notify = (method, params) => tell({ method: `ui/notifications/${method}`, params });
const until = async (what, condition) => {
  const end = Date.now() + 10_000;
  while (!await condition()) {
    assert.ok(Date.now() < end, `in time: ${what}`);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
};
const frame = await (await page.$('#view')).contentFrame();
const text = selector => frame.locator(selector).innerText();
const rows = () => frame.locator('#rows tr').count();
const column = at => frame.locator(`#rows td:nth-child(${at})`).allInnerTexts();

// --- The handshake -------------------------------------------------------------------------------------------
await until('the view is ready', async () => (await heard('ui/notifications/initialized')).length === 1);
const [first] = await heard('ui/initialize');
assert.equal(first.params.protocolVersion, '2026-01-26');
assert.deepEqual(first.params.appCapabilities.availableDisplayModes, ['inline', 'fullscreen']);
await notify('tool-input', { arguments: { cluster: '*' } });
await until('it says what was asked', async () => (await text('header')).includes('all clusters'));
assert.match(await text('#state'), /Diagnosing/);

// --- A diagnosis ---------------------------------------------------------------------------------------------
await notify('tool-result', found);
await until('rows', async () => await rows() === 25);
assert.equal(await text('#shown'), `${findings.length} findings`);
for (const severity of ['critical', 'warning']) {
  assert.equal(await text(`#counts button.${severity} b`), String(count(severity)));
}
assert.equal(await text('#counts > :last-child b'), `${data.clusters.length}/${data.clusters.length + 1}`);
assert.match(await text('#clusters .failed'), new RegExp(`^${data.errors[0].cluster} could not be read`));
assert.match(await text('#notes'), /prod: \d+ kinds? could not be checked/);
assert.ok((await column(1)).every(severity => severity === 'Critical'), 'the worst come first');

// The chart has a bar for each severity of each namespace, and says the same in words.
const places = new Map();
for (const finding of findings) {
  const place = finding.namespace ?? '(cluster-wide)';
  places.set(place, [...places.get(place) ?? [], finding]);
}
const bars = [...places.values()].reduce((all, some) => all + new Set(some.map(finding => finding.severity)).size, 0);
assert.equal(await frame.locator('#chart rect').count(), bars);
const told = await frame.locator('#chart').getAttribute('aria-label');
for (const [place, some] of places) assert.ok(told.includes(`${place}: `) && some.length > 0, told);

await frame.locator('#more').click();
assert.equal(await rows(), findings.length);

// --- What is hostile stays text ------------------------------------------------------------------------------
assert.ok((await frame.locator('#rows').innerText()).includes('<img src="http://127.0.0.1:9/x" onerror='));
assert.ok((await column(3)).some(name => name.includes('<b onclick=alert(1)>bold</b>')));
assert.deepEqual(await frame.evaluate(() => [...new Set([...document.querySelectorAll('main *')].map(each => each.localName))].sort()
  .filter(name => ['img', 'script', 'iframe', 'a', 'object', 'style', 'link', 'form'].includes(name))), []);
assert.equal(await frame.evaluate(() => [...document.querySelectorAll('*')].flatMap(each => [...each.attributes]).filter(({ name }) => /^(on|src|href)/.test(name)).length), 0);

// --- Sorting, filtering, keys --------------------------------------------------------------------------------
const head = label => frame.getByRole('columnheader', { name: label }).getByRole('button');
await head('Namespace/name').focus();
await page.keyboard.press('Enter');
assert.equal(await frame.getByRole('columnheader', { name: 'Namespace/name' }).getAttribute('aria-sort'), 'ascending');
const names = (await column(3)).map(name => name.split('\n')[0]);
assert.deepEqual(names, [...names].sort((one, other) => one.localeCompare(other, 'en', { numeric: true })));
await page.keyboard.press('Enter');
assert.equal((await column(3))[0].split('\n')[0], names.at(-1));
const before = (await heard('ui/notifications/size-changed')).at(-1).params;
await frame.getByRole('searchbox').fill('VAULT');
await until('fewer rows', async () => await rows() < 10);
assert.ok((await frame.locator('#rows tr').allInnerTexts()).every(row => row.includes('vault')));
assert.equal(await text('#shown'), `${await rows()} of ${findings.length} findings`);
await until('a smaller size', async () => (await heard('ui/notifications/size-changed')).at(-1).params.height < before.height);
await frame.getByRole('searchbox').fill('');
const critical = frame.locator('#counts button.critical');
await critical.click();
assert.equal(await critical.getAttribute('aria-pressed'), 'false');
assert.ok((await column(1)).every(severity => severity !== 'Critical') && await rows() > 0);
await critical.click();
await frame.locator('#namespace').selectOption('payments');
assert.equal(await rows(), Math.min(25, places.get('payments').length));
await frame.locator('#namespace').selectOption('');

// --- Theme and size ------------------------------------------------------------------------------------------
const colours = () => frame.evaluate(() => [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]);
assert.deepEqual(await colours(), ['rgb(255, 255, 255)', 'rgb(1, 2, 3)']);
if (pictures) await page.screenshot({ path: `${pictures}/light.png`, fullPage: true });
await notify('host-context-changed', { theme: 'dark' });
await until('the dark theme', async () => (await colours())[1] === 'rgb(250, 251, 252)');
assert.deepEqual(await colours(), ['rgb(28, 29, 31)', 'rgb(250, 251, 252)']);
if (pictures) await page.screenshot({ path: `${pictures}/dark.png`, fullPage: true });
const height = await frame.evaluate(() => document.documentElement.scrollHeight);
await until('the size of the page', async () => Math.abs((await heard('ui/notifications/size-changed')).at(-1).params.height - height) <= 1);

// --- Who is heard, and what is answered ----------------------------------------------------------------------
await page.frames().find(each => each !== page.mainFrame() && each !== frame).evaluate(() => {
  parent.frames[0].postMessage({ jsonrpc: '2.0', method: 'ui/notifications/tool-cancelled', params: {} }, '*');
  parent.frames[0].postMessage({ jsonrpc: '2.0', method: 'ui/notifications/tool-result', params: { structuredContent: { clusters: [] } } }, '*');
});
for (const [id, method] of ['ping', 'ui/resource-teardown', 'tools/list'].entries()) await tell({ id: 100 + id, method });
const answer = id => page.evaluate(id => heard.find(message => message.id === id && !message.method), id);
await until('answers', async () => await answer(102));
assert.deepEqual([(await answer(100)).result, (await answer(101)).result, (await answer(102)).error.code], [{}, {}, -32601]);
assert.equal(await text('#shown'), `${findings.length} findings`, 'another frame is not heard');

// --- Other ends ----------------------------------------------------------------------------------------------
const state = async (result, sentence) => {
  await notify('tool-result', result);
  await until(String(sentence), async () => sentence.test(await text('#state')));
};
await state(nothing, /No findings in what was checked/);
assert.equal(await frame.locator('#findings').isVisible(), false);
await state(unread, /No cluster could be read/);
assert.match(await text('#clusters'), /edge could not be read/);
await state({ isError: true, content: [{ type: 'text', text: hostile }] }, /The diagnosis failed/);
assert.equal(await text('#said'), hostile);
await state({ content: [{ type: 'text', text: 'words' }], structuredContent: { clusters: 'none' } }, /no diagnosis/);
await notify('tool-cancelled', { reason: 'by the user' });
await until('cancelled', async () => (await text('#state')).includes('cancelled'));

// --- Nothing went out, and nothing could ---------------------------------------------------------------------
assert.deepEqual(errors, [], 'no policy was broken, no script failed');
assert.deepEqual(requests.filter(url => !/^(about|data):/.test(url)), []);
const strays = await page.evaluate(() => heard.filter(message => message?.jsonrpc !== '2.0'));
assert.deepEqual(strays, [], 'nobody but the view itself has spoken');
const tried = await frame.evaluate(async outside => {
  const image = new Promise(done => { const each = new Image(); each.onload = () => done('loaded'); each.onerror = () => done('refused'); each.src = outside + '/image'; });
  const script = Object.assign(document.createElement('script'), { textContent: 'window.ran = true' });
  document.body.append(script);
  return [await image, await fetch(outside + '/fetch', { mode: 'no-cors' }).then(() => 'sent', () => 'refused'), window.ran ?? 'refused'];
}, outside);
assert.deepEqual([tried, asked], [['refused', 'refused', 'refused'], 0], 'even a script of the page could reach nothing');

await browser.close();
server.close();
console.log(`the view holds: ${findings.length} findings, ${bars} bars, ${(before.height)} px`);
