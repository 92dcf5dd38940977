// The TypeScript SDK, version 1: one line of JSON for each step. What it is told stands in its one argument.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";

const { url, token, command, cwd, env, prefix } = JSON.parse(process.argv[2]);
const say = (step, told) => console.log(JSON.stringify({ step, ...told }));
const text = (result) => result.content.map((part) => part.text).join("\n");

const client = new Client({ name: "sdk-v1", version: "1" }, { capabilities: { elicitation: {} } });
client.setRequestHandler(ElicitRequestSchema, (request) => ({
  action: "accept",
  content: { username: request.params.message, email: "ana@example.com" },
}));

const transport = url
  ? new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { Authorization: `Bearer ${token}` } } })
  : new StdioClientTransport({ command: command[0], args: command.slice(1), cwd, env, stderr: "ignore" });
await client.connect(transport);

const call = (name, args, options) => client.callTool({ name: prefix + name, arguments: args }, undefined, options);

say("list", { tools: (await client.listTools()).tools.length });
say("call", { text: text(await call("greet", { name: "Ana" })) });
say("header", { text: text(await call("test_x_mcp_header", { region: "eu" })) });

const reports = [];
const progress = await call("test_tool_with_progress", {}, { onprogress: (report) => reports.push(report.progress) });
say("progress", { reports, text: text(progress) });

// Given up at the first word of it.
const giving = new AbortController();
const onprogress = () => giving.abort("enough");
const given = call("test_tool_with_progress", {}, { onprogress, signal: giving.signal });
say("cancel", { cancelled: await given.then(() => false, () => true) });

say("elicit", { text: text(await call("test_elicitation", { message: "Who?" })) });
await client.close();
