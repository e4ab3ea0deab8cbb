import { expect, test } from "vitest";
import { readEvents, writeEvents } from "./event-list.ts";

const [one, other] = [{ id: "1", text: 'é "quoted"' }, { id: "2" }];

test("writeEvents and readEvents: one event is itself, several are an array", () => {
  expect(writeEvents([JSON.stringify(one)])).toBe(JSON.stringify(one));
  expect(writeEvents([one, other].map((event) => JSON.stringify(event)))).toBe(JSON.stringify([one, other]));
  for (const events of [[one], [one, other]]) {
    expect(readEvents(writeEvents(events.map((event) => JSON.stringify(event))))).toEqual(events);
  }
});

test("readEvents takes events that came as objects, as older releases sent them", () => {
  expect([readEvents(one), readEvents([one, other])]).toEqual([[one], [one, other]]);
});

test.each([["junk"], ["{"], [""], [null], [undefined], [7], [new ArrayBuffer(1)], [[]]])(
  "readEvents leaves %j as the one thing it is",
  (body) => {
    expect(readEvents(body)).toEqual([body]);
  },
);

test("readEvents keeps an empty array that came as text", () => {
  expect(readEvents("[]")).toEqual([[]]);
});
