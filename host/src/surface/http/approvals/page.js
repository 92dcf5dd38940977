// Shows requests for approval to whoever has a token, and sends what they decide. Every value is set as text.
const byId = (id) => document.getElementById(id);
const wanted = decodeURIComponent(location.pathname.split("/")[2] || "");
let token = "";
let current = wanted;

// What is obeyed rather than shown, such as what turns the direction of writing, is written out.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Cs}\p{Zl}\p{Zp}]/gu;
const plain = (text) => String(text).replace(HIDDEN, (each) =>
  each === "\n" ? each : "\\u{" + each.codePointAt(0).toString(16) + "}");

const tell = (text) => { byId("told").textContent = plain(text); };

async function ask(path, decision) {
  const options = {
    method: decision ? "POST" : "GET",
    headers: { accept: "application/json" },
    cache: "no-store",
    credentials: "same-origin",
    redirect: "error",
  };
  if (token) options.headers.authorization = "Bearer " + token;
  if (decision) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(decision);
  }
  const response = await fetch(path, options);
  const text = await response.text();
  let answer;
  try { answer = JSON.parse(text); } catch { answer = { detail: text.trim() }; }
  if (!response.ok) throw new Error(answer.detail || "The host answered " + response.status);
  return answer;
}

const path = (id, verb) => "/approvals/" + encodeURIComponent(id) + (verb ? "/" + verb : "");

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = plain(text);
  if (kind) made.className = kind;
  return made;
}

function show(request) {
  const { call } = request;
  byId("list").hidden = true;
  byId("request").hidden = false;
  byId("what").textContent = plain(call.plugin + " / " + call.name);
  byId("state").textContent = plain(request.state + " - " + request.votes.length + " of " + request.quorum + " agreed");
  const local = (time) => (time ? new Date(time).toLocaleString() + "  (" + time + ")" : "");
  const facts = [
    ["Effect", call.effect, call.effect],
    ["Targets", call.targets.join("\n") || "none"],
    ["Title", call.title],
    ["Asked by", request.requester.subject + " (" + request.requester.kind + ")"],
    ["Held because", request.reason],
    ["Policies", request.policies.join(", ")],
    ["Needs", request.quorum + " of those in " + request.approvers.join(" and in ")],
    ["Agreed", request.votes.map((vote) => vote.subject + "  " + local(vote.at)).join("\n") || "nobody yet"],
    ["Asked at", local(request.requested)],
    ["Approve by", local(request.approve_by)],
    ["Run by", local(request.execute_by)],
    ["Ended", request.ended ? [local(request.ended.at), request.ended.by, request.ended.reason].filter(Boolean).join("\n") : ""],
    ["Capabilities", call.capabilities.join(", ")],
    ["Arguments' digest", call.arguments_digest],
    ["Component", call.component],
    ["Policy revision", call.policy_revision],
    ["Request", request.id],
  ];
  byId("facts").replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value, kind]) =>
    [element("dt", name), element("dd", value, kind)]));
  byId("arguments").textContent = plain(JSON.stringify(call.arguments, null, 2));
  byId("description").textContent = plain(call.description);
  byId("decide").hidden = !(request.may_decide && request.state === "pending");
  const open = request.state === "pending" || request.state === "approved";
  byId("withdraw").hidden = !(request.yours ? open : request.state === "approved");
}

function list(requests) {
  byId("request").hidden = true;
  const all = element("ul");
  for (const request of requests) {
    const link = element("a", request.call.plugin + " / " + request.call.name + " on " + (request.call.targets.join(", ") || "no target"));
    link.href = path(request.id);
    link.addEventListener("click", (event) => { event.preventDefault(); visit(request.id); });
    const item = element("li", request.state + ": ");
    item.append(link, element("span", " asked by " + request.requester.subject));
    all.append(item);
  }
  byId("list").replaceChildren(requests.length ? all : element("p", "There is nothing that you asked for or may decide on."));
  byId("list").hidden = false;
}

async function attempt(work) {
  tell("");
  try { await work(); } catch (error) { tell(error.message); }
}

const visit = (id) => attempt(async () => {
  const request = await ask(path(id));
  history.replaceState(null, "", path(id));
  current = id;
  show(request);
});

byId("enter").addEventListener("submit", (event) => {
  event.preventDefault();
  token = byId("token").value.trim();
  byId("token").value = "";
  if (current) visit(current);
  else attempt(async () => list((await ask("/approvals")).approvals));
});

const decide = (verb, decision) => attempt(async () => {
  show(await ask(path(current, verb), decision));
  byId("reason").value = "";
});

byId("approve").addEventListener("click", () => decide("approve", {}));
byId("revoke").addEventListener("click", () => decide("revoke", {}));
byId("deny").addEventListener("click", () => {
  const reason = byId("reason").value.trim();
  if (!reason) { tell("A denial needs a reason."); byId("reason").focus(); return; }
  decide("deny", { reason });
});
for (const id of ["decide", "withdraw"]) byId(id).addEventListener("submit", (event) => event.preventDefault());
