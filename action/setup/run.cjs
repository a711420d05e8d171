// The same file is the main step and the step at the end of the job, which the runner runs whatever became of the job. Both
// hand their inputs to `../run.sh`, as variables.
"use strict";

const { spawnSync } = require("node:child_process");
const { appendFileSync, existsSync } = require("node:fs");
const { delimiter, isAbsolute, join } = require("node:path");

const atTheEnd = process.env.STATE_main === "done";
if (!atTheEnd) appendFileSync(process.env.GITHUB_STATE, "main=done\n");

const env = { ...process.env, HALLPASS_IN_MODE: atTheEnd ? "cleanup" : "setup" };
for (const [name, value] of Object.entries(process.env)) {
  if (name.startsWith("INPUT_")) env[`HALLPASS_IN_${name.slice(6).replaceAll("-", "_")}`] = value;
}

// Windows would look into the working directory first, which is a repository.
const name = process.platform === "win32" ? "bash.exe" : "bash";
const folders = (process.env.PATH ?? "").split(delimiter).filter(isAbsolute);
const bash = folders.map((folder) => join(folder, name)).find(existsSync);
if (bash === undefined) {
  console.log("::error title=hallpass::there is no bash on this runner");
  process.exitCode = 2;
} else {
  const script = join(__dirname, "..", "run.sh");
  const ran = spawnSync(bash, ["--noprofile", "--norc", script], { env, stdio: "inherit" });
  process.exitCode = ran.status ?? 2;
}
