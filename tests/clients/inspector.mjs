// The Inspector's command line, in either era: one line of JSON for each step. What it is told stands in its one
// argument.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const { era, url, token, command, cwd, env, prefix } = JSON.parse(process.argv[2]);
const launcher = new URL("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url);
const say = (step, told) => console.log(JSON.stringify({ step, ...told }));

const server = url
  ? ["--transport", "http", "--server-url", url, "--header", `Authorization: Bearer ${token}`]
  : ["--cwd", cwd, ...Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`])];
const flags = ["--cli", "--format", "json", "-q", "--protocol-era", era, ...server];

async function run(method, ...options) {
  const target = command ? ["--", ...command] : [];
  const all = [launcher.pathname, ...flags, "--method", method, ...options, ...target];
  const { stdout } = await promisify(execFile)(process.execPath, all, { env: process.env });
  return JSON.parse(stdout).result;
}

// Each is a process of its own, and none waits for another.
const [list, called, read] = await Promise.all([
  run("tools/list"),
  run("tools/call", "--tool-name", `${prefix}test_x_mcp_header`, "--tool-arg", "region=eu"),
  run("resources/read", "--uri", "test://static-text"),
]);
say("list", { tools: list.tools.length });
say("header", { text: called.content.map((part) => part.text).join("\n") });
say("read", { text: read.contents[0].text });
