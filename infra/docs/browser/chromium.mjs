// The path of the installed Chromium. Without one, the program ends with one line.
import { accessSync, constants, statSync } from "node:fs";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

const { CHROMIUM } = process.env;
export const executablePath = (CHROMIUM ? [CHROMIUM] : places).find(runs);
if (!executablePath) {
  console.error(CHROMIUM
    ? `CHROMIUM is "${CHROMIUM}", which is no program: set it to the path of Chromium`
    : "Chromium is missing: install it (Debian: apt-get install chromium), or set CHROMIUM to its path");
  process.exit(1);
}

function runs(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
