"""The Python SDK, in either era: one line of JSON for each step. What it is told stands in its one argument."""

import json
import sys

import anyio
import httpx2
import mcp_types as types
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

TOLD = json.loads(sys.argv[1])


def say(step, **told):
    print(json.dumps({"step": step, **told}), flush=True)


def text(result):
    return "\n".join(part.text for part in result.content)


async def elicited(_context, params):
    content = {"username": params.message, "email": "ana@example.com"}
    return types.ElicitResult(action="accept", content=content)


def server():
    if "url" in TOLD:
        headers = {"Authorization": f"Bearer {TOLD['token']}"}
        return streamable_http_client(TOLD["url"], http_client=httpx2.AsyncClient(headers=headers))
    command, *arguments = TOLD["command"]
    return StdioServerParameters(command=command, args=arguments, cwd=TOLD["cwd"], env=TOLD["env"])


async def main():
    mode = "2026-07-28" if TOLD["era"] == "modern" else "legacy"
    async with Client(server(), mode=mode, elicitation_callback=elicited) as client:

        def call(name, arguments, report=None):
            return client.call_tool(TOLD["prefix"] + name, arguments, progress_callback=report)

        say("list", tools=len((await client.list_tools()).tools))
        say("call", text=text(await call("greet", {"name": "Ana"})))
        say("header", text=text(await call("test_x_mcp_header", {"region": "eu"})))

        reports = []

        async def report(done, _total, _message):
            reports.append(int(done))

        answer = await call("test_tool_with_progress", {}, report)
        say("progress", reports=reports, text=text(answer))

        # Given up at the first word of it.
        with anyio.CancelScope() as scope:

            async def give_up(_done, _total, _message):
                scope.cancel()

            await call("test_tool_with_progress", {}, give_up)
        say("cancel", cancelled=scope.cancelled_caught)

        say("elicit", text=text(await call("test_elicitation", {"message": "Who?"})))


anyio.run(main)
