import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { askCredentialHelper, isHelperName, listCredentialHelper } from "../../../src/docker/credential-helper.ts";
import { credentialHelpers } from "../../support/credential-helper.ts";

const secret = "very-secret-value";
let helpers: AsyncDisposable;

beforeAll(async () => {
  helpers = await credentialHelpers({
    good: `read registry; echo '{"ServerURL":"'"$registry"'","Username":"user of '"$registry"'","Secret":"${secret}"}'`,
    token: `echo '{"Username":"<token>","Secret":"${secret}"}'`,
    none: 'echo "credentials not found in native keychain"; exit 1',
    broken: `echo ${secret}; echo ${secret} >&2; exit 3`,
    talks: `echo "${secret} is no JSON"`,
    endless: `yes ${secret}`,
    hangs: "sleep 1000",
    deaf: `exec <&-; echo '{"Username":"u","Secret":"s"}'`,
    leaves: `sleep 1000 & echo '{"a.test":"u","b.test":"v"}'`,
    killed: "kill -9 $$",
  });
});
afterAll(() => helpers[Symbol.asyncDispose]());

const ask = (name: string, signal = new AbortController().signal) => askCredentialHelper(name, "registry.test", signal);

describe("a credential helper", () => {
  it("is asked for a registry on its standard input, and answers with a login", async () => {
    expect(await ask("good")).toEqual({ username: "user of registry.test", password: secret });
  });

  it("may have an identity token", async () => {
    expect(await ask("token")).toEqual({ username: "", password: "", identitytoken: secret });
  });

  it("may have none", async () => {
    expect(await ask("none")).toBeNull();
  });

  it("may not read what it is asked", async () => {
    expect(await ask("deaf")).toEqual({ username: "u", password: "s" });
  });

  test.each([
    ["broken", "docker-credential-broken failed with exit code 3"],
    ["killed", "docker-credential-killed failed with exit code 137"],
    ["talks", "docker-credential-talks printed what is no answer"],
    ["endless", "docker-credential-endless printed what is no answer"],
    ["missing", "docker-credential-missing is not on the agent's PATH"],
  ])("that is %s is an error that holds nothing of its output", async (name, message) => {
    const error = await ask(name).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message });
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  it("that hangs ends with the job", async () => {
    const job = new AbortController();
    const asked = ask("hangs", job.signal);
    job.abort(new Error("cancelled"));
    await expect(asked).rejects.toThrow("cancelled");
  });

  it("lists its registries, and what it leaves running is not waited for until the limit", async () => {
    expect(await listCredentialHelper("leaves", new AbortController().signal)).toEqual(["a.test", "b.test"]);
  });

  test.each(["desktop", "ecr-login", "gcloud", "a.b_c"])("may be called %s", (name) => {
    expect(isHelperName(name)).toBe(true);
  });

  test.each(["", ".", "..", "../evil", "/usr/bin/evil", "a/b", "a\\b", "a\0b"])("may not be called %j", (name) => {
    expect(isHelperName(name)).toBe(false);
  });
});
