// Fetches the file that renders the reference page, as package.json pins it:
//
//	node renderer.mjs FILE
//
// `npm install` would install the 270 packages that this file bundles.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const { renderer } = JSON.parse(readFileSync(new URL("package.json", import.meta.url)));
const target = process.argv[2];

mkdirSync(dirname(target), { recursive: true });
const work = mkdtempSync(join(dirname(target), "fetch-"));
try {
  const name = `${renderer.package}@${renderer.version}`;
  execFileSync("npm", ["pack", name, "--silent", "--pack-destination", work], { stdio: ["ignore", "ignore", "inherit"] });
  const [archive] = readdirSync(work);
  const integrity = "sha512-" + createHash("sha512").update(readFileSync(join(work, archive))).digest("base64");
  if (integrity !== renderer.integrity) {
    throw new Error(`${name} is ${integrity}, and package.json pins ${renderer.integrity}`);
  }
  execFileSync("tar", ["-xzf", archive, renderer.file], { cwd: work });
  renameSync(join(work, renderer.file), target);
} finally {
  rmSync(work, { recursive: true });
}
