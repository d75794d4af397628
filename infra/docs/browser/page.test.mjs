import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { after, before, test } from "node:test";

import { startBrowser, startFiles, startSystem } from "./system.mjs";

const screenshots = ".local/screenshots";
const desk = { viewport: { width: 1440, height: 1000 }, colorScheme: "light" };
const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };

let browser;
before(async () => {
  await mkdir(screenshots, { recursive: true });
  browser = await startBrowser();
});
after(() => browser?.close());

// open loads the page, and collects what it complains of and whom it asks.
async function open(t, address, look = desk) {
  const context = await browser.newContext(look);
  t.after(() => context.close());
  const page = await context.newPage();
  const seen = { complaints: [], outside: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.complaints.push(message.text());
  });
  page.on("pageerror", (error) => seen.complaints.push(error.message));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== "data:" && protocol !== "blob:" && origin !== new URL(address).origin) seen.outside.push(request.url());
  });
  await page.goto(address);
  await page.getByRole("heading", { name: "Users and organizations" }).waitFor();
  return { page, seen };
}

async function showOperation(page) {
  await page.getByRole("heading", { name: "Retrying safely" }).waitFor();
  await page.evaluate(() => { location.hash = ""; });
  const menu = page.getByRole("button", { name: "Open Menu" });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole("link", { name: "Register a user in an organization" }).first().click();
  await page.getByRole("button", { name: testRequest }).waitFor();
}

// testRequest is the button of the registration: each operation in sight has one.
const testRequest = /^Test Request \(post .*\/register\//;

const looks = {
  light: desk,
  dark: { ...desk, colorScheme: "dark" },
  phone,
  "phone-dark": { ...phone, colorScheme: "dark" },
  "small-phone": { ...phone, viewport: { width: 320, height: 568 } },
};
for (const [name, look] of Object.entries(looks)) {
  test(`the page in ${name}: no complaint, nothing from elsewhere`, async (t) => {
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
    assert.deepEqual(seen, { complaints: [], outside: [] });
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

    await send.click();
    await dialog.getByText("201 Created").scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${screenshots}/${name}-request-201.png` });

    await send.click();
    await dialog.getByText("409 Conflict").scrollIntoViewIfNeeded();
    await dialog.getByText("application/problem+json").waitFor();
    await dialog.getByText("urn:users-organizations:problem:membership-exists").waitFor();
    await page.screenshot({ path: `${screenshots}/${name}-request-409.png` });

    // The browser itself complains of every 4xx.
    assert.deepEqual(seen, {
      complaints: ["Failed to load resource: the server responded with a status of 409 (Conflict)"],
      outside: [],
    });
  });
}

test("a request with the keyboard alone", async (t) => {
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

test("the history, and what its events are like", async (t) => {
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
  assert.deepEqual(seen, { complaints: [], outside: [] });
});
