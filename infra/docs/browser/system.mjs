import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

import { executablePath } from "./chromium.mjs";

// startSystem runs an empty local system, and returns the address of its
// reference page once it serves.
export async function startSystem(t) {
  const data = await mkdtemp(join(tmpdir(), "reference-page-"));
  const system = spawn(".local/bin/local", ["serve", "-port", "0", "-data", data], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => system.once("exit", resolve));
  t.after(async () => {
    system.kill("SIGTERM");
    await ended;
    await rm(data, { recursive: true });
  });
  for await (const line of createInterface({ input: system.stdout })) {
    const [, docs] = /^ +Docs +(http\S+)$/.exec(line) ?? [];
    if (docs) {
      system.stdout.resume();
      return docs;
    }
  }
  throw new Error("the local system ended before it served");
}

// startFiles serves a directory like an ordinary web server.
export async function startFiles(t, directory) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".json": "application/json" };
  const server = createServer(async (request, response) => {
    const name = request.url === "/reference/" ? "index.html" : request.url.replace("/reference/", "");
    const text = await readFile(join(directory, name)).catch(() => null);
    response.writeHead(text ? 200 : 404, { "Content-Type": types[extname(name)] ?? "text/plain" }).end(text);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));
  return `http://127.0.0.1:${server.address().port}/reference/`;
}

// startBrowser runs the installed Chromium, which sends no requests to its
// vendor.
export async function startBrowser() {
  return chromium.launch({
    executablePath,
    args: ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync"],
  });
}
