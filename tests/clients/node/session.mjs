// One session of MQTT.js with a room, as its operator; prints what it saw as one line of JSON.
//
// node session.mjs session.json 4|5
import { readFileSync } from "node:fs";
import mqtt from "mqtt";

const SECONDS = 20;
const [path, version] = process.argv.slice(2);
const account = JSON.parse(readFileSync(path, "utf8")).mqtt;
const thing = `js-thing-${version}`;
const shadow = `$aws/things/${thing}/shadow`;

const client = await mqtt.connectAsync(`mqtt://${account.host}:${account.port}`, {
  clientId: thing,
  username: account.username,
  password: account.password,
  protocolVersion: Number(version),
  reconnectPeriod: 0,
});

// Answers by the end of their topic, in order, and whoever waits for one.
const heard = new Map();
const waiting = new Map();
client.on("message", (topic, payload) => {
  const end = topic.slice(shadow.length + 1);
  const content = JSON.parse(payload.toString());
  const resolve = waiting.get(end)?.shift();
  if (resolve) resolve(content);
  else heard.set(end, [...(heard.get(end) ?? []), content]);
});

function next(end) {
  const there = heard.get(end)?.shift();
  if (there) return Promise.resolve(there);
  return new Promise((resolve, reject) => {
    waiting.set(end, [...(waiting.get(end) ?? []), resolve]);
    setTimeout(() => reject(new Error(`nothing on ${end} within ${SECONDS} s`)), SECONDS * 1000).unref();
  });
}

const send = (operation, content) => client.publishAsync(`${shadow}/${operation}`, JSON.stringify(content), { qos: 1 });

const granted = await client.subscribeAsync(`${shadow}/+/+`, { qos: 1 });
const seen = { granted: granted.map((one) => one.qos) };

await send("get", { clientToken: "a" });
const missing = await next("get/rejected");
seen.missing = [missing.code, missing.message, missing.clientToken];

await send("update", { state: { desired: { color: "red" }, reported: { on: true } }, clientToken: "b" });
const updated = await next("update/accepted");
seen.updated = [updated.version, updated.state, updated.clientToken];
const delta = await next("update/delta");
seen.delta = [delta.version, delta.state, Object.keys(delta.metadata)];
const documents = await next("update/documents");
seen.documents = [documents.previous ?? null, documents.current.state, documents.current.version];

await send("update", { state: { reported: { color: "red" } }, version: 9, clientToken: "c" });
const stale = await next("update/rejected");
seen.stale = [stale.code, stale.message, stale.clientToken];

await send("update", { state: { reported: { color: "red" } } });
const answered = await next("update/accepted");
seen.answered = [answered.version, answered.clientToken ?? null];

await send("get", { clientToken: "d" });
const got = await next("get/accepted");
seen.got = [got.version, got.state, got.clientToken];

await send("delete", { clientToken: "e" });
const deleted = await next("delete/accepted");
seen.deleted = [deleted.version, deleted.clientToken];

await client.endAsync();
console.log(JSON.stringify(seen));
