import { describe, expect, test, vi } from "vitest";
import { plainRpc } from "./rpc.ts";

interface Api {
  read(query: { id: string }): Promise<{ id: string }>;
  place(query: { id: string }): Promise<{ id: string }>;
}

function stubOf() {
  const dispose = vi.fn();
  const read = vi.fn(({ id }: { id: string }) => Promise.resolve({ id, [Symbol.dispose]: dispose }));
  const placeAsText = vi.fn(({ id }: { id: string }) => Promise.resolve(JSON.stringify({ id })));
  return { dispose, stub: { read, placeAsText } };
}

describe("plainRpc", () => {
  test("disposes an object's handle when it has it", async () => {
    const { stub, dispose } = stubOf();
    expect(await plainRpc<Api>(stub).read({ id: "a" })).toMatchObject({ id: "a" });
    expect(dispose).toHaveBeenCalledOnce();
  });

  test("calls a method that answers a text under its other name, and reads the text", async () => {
    const { stub } = stubOf();
    const api = plainRpc<Api>(stub, { place: "placeAsText" });
    expect(await api.place({ id: "a" })).toEqual({ id: "a" });
    expect(stub.placeAsText).toHaveBeenCalledExactlyOnceWith({ id: "a" });
    expect(await api.read({ id: "b" })).toMatchObject({ id: "b" });
  });

  test("rejects as the callee does, whichever way it is called", async () => {
    const lost = (): Promise<never> => Promise.reject(new Error("lost"));
    const api = plainRpc<Api>({ read: lost, placeAsText: lost }, { place: "placeAsText" });
    await expect(api.read({ id: "a" })).rejects.toThrow("lost");
    await expect(api.place({ id: "a" })).rejects.toThrow("lost");
  });

  test("is no promise, so that awaiting it calls nothing", async () => {
    const then = vi.fn();
    await Promise.resolve(plainRpc<Api>({ then }));
    expect(then).not.toHaveBeenCalled();
  });
});
