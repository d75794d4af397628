// Registers a user, pages through a list, changes a membership and reads its
// history, with openapi-fetch and the types that openapi-typescript generates
// from openapi.yaml.
import { randomUUID } from "node:crypto";
import { env } from "node:process";
import { setTimeout } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./memberships.js";

type Scope = components["schemas"]["Scope"];
type MembershipChange = components["schemas"]["MembershipChange"];

const userId = Number(env.USER_ID);
const client = createClient<paths>({
  baseUrl: env.BASE_URL,
  headers: { "Authorization": `Bearer ${env.ACCESS_TOKEN}`, "x-session-token": env.SESSION_TOKEN },
});

// register registers a membership without permissions.
async function register(organizationId: number, scope: Scope) {
  const { data, error } = await client.POST(
    "/users-organizations/v1/bo/users/register/{userId}/organizations/{organizationId}",
    {
      params: { path: { userId, organizationId }, header: { "Idempotency-Key": randomUUID() } },
      body: { scope, permissions: { group: 0, manage: [], read: [] } },
    },
  );
  if (data) {
    console.log(`201 organization ${data.data.organizationId}, scope ${data.data.scope}`);
  } else if (error.status === 409) {
    const { status, type, existing } = error;
    console.log(`${status} ${type}: organization ${existing.organizationId}, scope ${existing.scope}`);
  } else {
    throw new Error(`register: ${JSON.stringify(error)}`);
  }
}

// list prints the user's organizations, two a page.
async function list() {
  for (let cursor: string | undefined; ; ) {
    const { data, error } = await client.GET("/users-organizations/v1/bo/users/{userId}/organizations", {
      params: { path: { userId }, query: { pageSize: 2, cursor } },
    });
    if (!data) throw new Error(`list: ${JSON.stringify(error)}`);
    for (const { organizationId } of data.data) {
      console.log(`200 page ${data.pagination.page}: organization ${organizationId}`);
    }
    if (data.pagination.next === null) return;
    cursor = data.pagination.next;
  }
}

const pair = "/users-organizations/v1/bo/users/{userId}/organizations/{organizationId}";

// see returns the ETag of the membership in organization 1.
async function see() {
  const { data, error, response } = await client.GET(pair, { params: { path: { userId, organizationId: 1 } } });
  if (!data) throw new Error(`get: ${JSON.stringify(error)}`);
  return response.headers.get("ETag") ?? "";
}

// change repeats the change with the new ETag after a 412.
async function change(etag: string, wish: MembershipChange): Promise<void> {
  const { data, error } = await client.PATCH(pair, {
    params: { path: { userId, organizationId: 1 }, header: { "If-Match": etag } },
    body: wish,
  });
  if (data) {
    console.log(`200 scope ${data.data.scope}, ${data.data.permissions.read.length} codes to read`);
  } else if (error.status === 412) {
    console.log(`${error.status} ${error.type}: scope ${error.existing.scope}`);
    await change(error.etag, wish);
  } else if (error.status === 428) {
    console.log(`${error.status} ${error.type}`);
  } else {
    throw new Error(`change: ${JSON.stringify(error)}`);
  }
}

// history prints the history once it is complete.
async function history() {
  for (;;) {
    const { data, error } = await client.GET(`${pair}/history`, { params: { path: { userId, organizationId: 1 } } });
    if (!data) throw new Error(`history: ${JSON.stringify(error)}`);
    if (data.complete) {
      for (const { sequence, type } of data.data) console.log(`200 entry ${sequence}: ${type}`);
      return;
    }
    await setTimeout(100);
  }
}

for (const organizationId of [1, 2, 3]) await register(organizationId, 1);
await register(3, 2);
await list();
const etag = await see();
await change(etag, { scope: 2 });
await change(etag, { permissions: { read: [1, 2, 3] } });
await change("*", { scope: 1 });
await history();
