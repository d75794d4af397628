import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";

import { startBrowser, startFiles, startSystem } from "./system.mjs";

const screenshots = ".local/screenshots";
const desk = { viewport: { width: 1440, height: 1000 }, colorScheme: "light" };
const phone = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

let browser;
before(async () => {
  await mkdir(screenshots, { recursive: true });
  browser = await startBrowser();
});
after(() => browser?.close());

// open loads the page, and collects its errors, its warnings, and its requests
// to other servers.
async function open(t, address, look = desk) {
  const context = await browser.newContext(look);
  t.after(() => context.close());
  const page = await context.newPage();
  const seen = { errors: [], outside: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(error.message));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== new URL(address).origin) seen.outside.push(request.url());
  });
  await page.goto(address);
  await page.getByRole("heading", { name: "Users and organizations" }).waitFor();
  return { page, seen };
}

// contents are the headings of the page, in order: the operations and webhooks of
// each tag, then the chapters of the description.
async function contents(address) {
  const api = await (await fetch(new URL("openapi.json", address))).json();
  const resolve = (item) => item.$ref ? item.$ref.slice(2).split("/").reduce((part, name) => part[name], api) : item;
  const operations = [...Object.values(api.paths), ...Object.values(api.webhooks)]
    .flatMap((item) => Object.values(resolve(item))).filter(({ operationId }) => operationId);
  return {
    operations: api.tags.flatMap(({ name }) => [name, ...operations.filter(({ tags }) => tags.includes(name)).map(({ summary }) => summary)]),
    chapters: [...api.info.description.matchAll(/^# (.*)$/gm)].map(([, chapter]) => chapter),
  };
}

// links returns the title and the section of each link in the menu.
async function links(page) {
  return page.locator("aside a[href^='#']").evaluateAll((all) => all.map((link) => (
    { title: link.textContent.replace(/HTTP Method:.*/, "").trim(), section: link.getAttribute("href") })));
}

// show goes to a section and waits until it is rendered: Scalar renders only what
// is on the screen.
async function show(page, section) {
  await page.evaluate((hash) => { location.hash = hash; }, section);
  const drawn = page.locator(`section[id$="${section.slice(1)}"]`);
  await drawn.waitFor();
  return drawn;
}

// inSight waits until an element is on the screen and nothing covers it.
async function inSight(locator) {
  const element = await locator.elementHandle();
  await locator.page().waitForFunction((e) => {
    const { left, right, top, bottom } = e.getBoundingClientRect();
    const onTop = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && (e.contains(onTop) || onTop?.contains(e));
  }, element);
}

// cutOff lists the elements that are wider than their box, except for lines that
// end in "More", a button for the rest, and inputs, which scroll with the cursor.
function cutOff(locator) {
  return locator.evaluate((section) => [...section.querySelectorAll("*")].filter((e) => (
    e.clientWidth > 2 && e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "visible" &&
    e.tagName !== "INPUT" && !e.closest(".sr-only, .screenreader-only, .markdown-summary")
  )).map((e) => `${e.className}: ${e.textContent.slice(0, 80)}`));
}

async function showOperation(page) {
  const menu = page.getByRole("button", { name: "Open Menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("link", { name: "Register a user in an organization" }).first().click();
  await page.getByRole("button", { name: testRequest }).waitFor();
}

// testRequest is the button of the registration. Each visible operation has one.
const testRequest = /^Test Request \(post .*\/register\//;

const looks = {
  light: desk,
  dark: { ...desk, colorScheme: "dark" },
  phone,
  "phone-dark": { ...phone, colorScheme: "dark" },
  "small-phone": { ...phone, viewport: { width: 320, height: 568 } },
};
for (const [name, look] of Object.entries(looks)) {
  test(`the page in ${name}: no errors, no requests to other servers`, async (t) => {
    const { page, seen } = await open(t, await startSystem(t), look);
    for (const heading of ["Tokens and scopes", "Retrying safely", "Problems", "What may change"]) {
      await page.getByRole("heading", { name: heading }).waitFor();
    }
    await page.screenshot({ path: `${screenshots}/${name}.png` });
    await page.getByRole("heading", { name: "Problems" }).scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${screenshots}/${name}-problems.png` });

    // Not innerWidth: a phone zooms out until the whole page is in it.
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= look.viewport.width, `the page is ${width} wide, the screen ${look.viewport.width}`);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = Math.max(...background.match(/\d+/g).slice(0, 3).map(Number));
    assert.equal(brightness < 128, look.colorScheme === "dark", `the background is ${background}`);
    assert.deepEqual(seen, { errors: [], outside: [] });
  });
}

test("the operations come first, then the chapters", async (t) => {
  const address = await startSystem(t);
  const { page } = await open(t, address);
  const { operations, chapters } = await contents(address);
  assert.ok(operations.length > 7 && chapters.length > 5);
  const all = await links(page);
  assert.deepEqual(all.map(({ title }) => title), ["Introduction", ...operations, ...chapters]);
  await inSight(page.locator(".endpoint").first());
  const first = await page.getByRole("heading", { name: operations[1] }).boundingBox();
  const guide = await page.getByRole("heading", { name: chapters[0] }).boundingBox();
  assert.ok(first.y < guide.y, `${operations[1]} is at ${first.y}, ${chapters[0]} at ${guide.y}`);

  const text = (await page.locator("main main").innerText()).replaceAll(/\s+/g, " ");
  for (const sentence of ["Send each header once.", "stays, and no value changes its meaning.", "treat it by the first digit of its status"]) {
    assert.ok(text.includes(sentence), `"${sentence}" is not on the page`);
  }
  await page.getByRole("link", { name: "openapi.json" }).click();
  await page.getByText('"openapi":').waitFor();
});

for (const width of [375, 320]) {
  test(`on a phone of ${width} pixels nothing is cut off in any section`, async (t) => {
    const { page } = await open(t, await startSystem(t), { ...phone, viewport: { width, height: 812 } });
    await page.getByRole("heading", { name: "What may change" }).waitFor();
    const all = await links(page);
    assert.ok(all.length > 14);
    for (const { title, section } of all) {
      assert.deepEqual(await cutOff(await show(page, section)), [], title);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width, title);
    }
  });
}

for (const [name, look] of Object.entries({ desk, phone })) {
  test(`no tab of the examples is hidden at a ${name}`, async (t) => {
    const { page } = await open(t, await startSystem(t), look);
    await showOperation(page);
    const card = page.locator(".response-card").first();
    const tabs = card.getByRole("tab");
    assert.ok(await tabs.count() > 10);
    const hidden = await tabs.evaluateAll((all) => all.filter((tab) => {
      const { left, right } = tab.getBoundingClientRect();
      for (let place = tab.parentElement; place; place = place.parentElement) {
        const edges = place.getBoundingClientRect();
        if (getComputedStyle(place).overflowX !== "visible" && (left < edges.left || right > edges.right)) return true;
      }
      return false;
    }).map((tab) => tab.textContent));
    assert.deepEqual(hidden, []);
    await tabs.first().scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${screenshots}/${name}-tabs.png` });
  });
}

for (const [name, look] of Object.entries({ desk, phone })) {
  test(`a request from the page at a ${name}: 201, then 409 as a problem`, async (t) => {
    const { page, seen } = await open(t, await startSystem(t), look);
    await showOperation(page);
    await page.screenshot({ path: `${screenshots}/${name}-operation.png` });
    await page.getByRole("button", { name: testRequest }).click();
    const dialog = page.getByRole("dialog");
    const send = dialog.getByRole("button", { name: "Send post request to" });

    await send.waitFor();
    await page.screenshot({ path: `${screenshots}/${name}-request.png` });
    if (look === phone) assert.deepEqual(await cutOff(dialog), []);

    await send.click();
    await inSight(dialog.getByText("201 Created"));
    await inSight(dialog.getByText('"data"'));
    await page.screenshot({ path: `${screenshots}/${name}-request-201.png`, animations: "disabled" });

    await dialog.locator(".request-section-content").first().evaluate((request) => request.scrollIntoView());
    await send.click();
    await inSight(dialog.getByText("409 Conflict"));
    await inSight(dialog.getByText("application/problem+json"));
    await inSight(dialog.getByText("urn:users-organizations:problem:membership-exists"));
    if (look === phone) assert.deepEqual(await cutOff(dialog), []);
    await page.screenshot({ path: `${screenshots}/${name}-request-409.png`, animations: "disabled" });

    // The browser logs an error for every 4xx.
    assert.deepEqual(seen, {
      errors: ["Failed to load resource: the server responded with a status of 409 (Conflict)"],
      outside: [],
    });
  });
}

test("a request with only the keyboard", async (t) => {
  const { page } = await open(t, await startSystem(t));
  await page.getByRole("heading", { name: "What may change" }).waitFor();
  const tabTo = async (name) => {
    for (let i = 0; i < 150; i++) {
      await page.keyboard.press("Tab");
      const focused = page.locator(":focus");
      if (await focused.count() && name.test(await focused.innerText())) {
        assert.ok(await focused.isVisible());
        return;
      }
    }
    assert.fail(`Tab does not lead to ${name}`);
  };
  await tabTo(/Register a user/);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: testRequest }).waitFor();
  await tabTo(/^Test Request/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(/^Send/);
  await page.keyboard.press("Enter");
  await page.getByText("201 Created").waitFor();
});

test("samples in curl, JavaScript, Python and Go, which retry with a key", async (t) => {
  const { page } = await open(t, await startSystem(t));
  await showOperation(page);
  let shown = "Shell Curl";
  for (const sample of ["curl", "JavaScript (fetch)", "Python (standard library)", "Go (net/http)"]) {
    await page.getByRole("button", { name: shown, exact: true }).first().click();
    await page.getByRole("option", { name: sample, exact: true }).first().click();
    await page.locator("pre", { hasText: "Idempotency-Key" }).filter({ hasText: "ACCESS_TOKEN" }).first().waitFor();
    shown = sample;
  }
});

test("the history and its events", async (t) => {
  const { page } = await open(t, await startSystem(t));
  await page.getByRole("heading", { name: "What may change" }).waitFor();
  await page.getByRole("link", { name: "History", exact: true }).first().click();
  await page.getByRole("link", { name: "Read the history of a membership" }).first().click();
  await page.getByRole("heading", { name: "Read the history of a membership" }).waitFor();
  await page.getByRole("link", { name: "A membership has changed" }).first().click();
  await page.getByText("users-organizations.membership.restored").first().waitFor();
  await page.locator("pre", { hasText: "specversion" }).first().waitFor();
  await page.screenshot({ path: `${screenshots}/event.png` });
});

test("the static page, from any web server", async (t) => {
  const { page, seen } = await open(t, await startFiles(t, "dist/docs"));
  await page.getByRole("heading", { name: "Problems" }).waitFor();
  await page.screenshot({ path: `${screenshots}/static.png` });
  assert.deepEqual(seen, { errors: [], outside: [] });
});
