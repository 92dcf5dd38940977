"""FastMCP's client, in either era: one line of JSON for each step. What it is told stands in its one argument."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport, StreamableHttpTransport

# With it, calls of the modern era may go on as tasks.
from fastmcp_tasks.client import call_tool_task

TOLD = json.loads(sys.argv[1])


def say(step, **told):
    print(json.dumps({"step": step, **told}), flush=True)


def text(result):
    return "\n".join(part.text for part in result.content)


async def elicited(message, _kind, params, _context):
    wanted = {"username": message, "email": "ana@example.com", "confirm": True}
    return {name: value for name, value in wanted.items() if name in params.requested_schema["properties"]}


def transport():
    if "url" in TOLD:
        return StreamableHttpTransport(TOLD["url"], auth=TOLD["token"])
    command, *arguments = TOLD["command"]
    return StdioTransport(command, arguments, cwd=TOLD["cwd"], env=TOLD["env"], keep_alive=False)


async def main():
    mode = "2026-07-28" if TOLD["era"] == "modern" else "legacy"
    async with Client(transport(), mode=mode, elicitation_handler=elicited) as client:

        def call(name, arguments, report=None):
            return client.call_tool(TOLD["prefix"] + name, arguments, progress_handler=report)

        say("list", tools=len(await client.list_tools()))
        say("call", text=text(await call("greet", {"name": "Ana"})))
        say("header", text=text(await call("test_x_mcp_header", {"region": "eu"})))

        reports = []

        async def report(done, _total, _message):
            reports.append(int(done))

        answer = await call("test_tool_with_progress", {}, report)
        say("progress", reports=reports, text=text(answer))

        # Given up at the first word of it.
        begun = asyncio.Event()

        async def begin(_done, _total, _message):
            begun.set()

        given = asyncio.create_task(call("test_tool_with_progress", {}, begin))
        await begun.wait()
        given.cancel()
        await asyncio.wait([given])
        say("cancel", cancelled=given.cancelled())

        say("elicit", text=text(await call("test_elicitation", {"message": "Who?"})))

        if TOLD["era"] == "modern":
            # Followed to its end, with what it asks on the way.
            say("task", text=text(await call("confirm_delete", {"filename": "a.txt"})))
            task = await call_tool_task(client, TOLD["prefix"] + "slow_compute", {"seconds": 3600})
            await task.cancel()
            say("task-cancel", status=(await task.status()).status)


asyncio.run(main())
