/** What can go wrong at a place of a run, in words and as the simulator calls it. */
import type { Place } from "./journeys.ts";

interface NamedFault {
  readonly name: string;
  readonly words: string;
}

/** Whoever asks for a change or places an order does not crash here: it is not ours. */
const isClient = (what: string): boolean => what === "place" || what === "change";
const slow: Readonly<Record<string, string>> = {
  charge: "12 s",
  void: "12 s",
  refund: "12 s",
  reserve: "10 s",
  release: "10 s",
  commit: "10 s",
  restock: "10 s",
};

export function faultsAt(place: Place): readonly NamedFault[] {
  switch (place.kind) {
    case "order commit":
      return commitFaults("order");
    case "stock commit":
      return commitFaults("stock");
    case "call":
      return [...(isClient(place.what) ? [] : callerCrashes(place.what)), ...lossesOf(place.what)];
    case "message":
      return [
        { name: "message lost", words: "message lost" },
        { name: "message doubled", words: "message delivered twice" },
        { name: "message late", words: "message late (24 s)" },
        { name: "acknowledgement lost", words: "acknowledgement lost" },
      ];
  }
}

const commitFaults = (actor: string): readonly NamedFault[] => [
  { name: `crash before commit: ${actor}`, words: `${actor} actor crashes before its commit` },
  { name: `crash after commit: ${actor}`, words: `${actor} actor crashes after its commit` },
  { name: `commit refused: ${actor}`, words: `storage refuses the ${actor} actor's commit` },
];

const callerCrashes = (what: string): readonly NamedFault[] => [
  { name: `crash before call: ${what}`, words: "order actor crashes before the call" },
  { name: `crash after call: ${what}`, words: "order actor crashes after the call" },
];

const lossesOf = (what: string): readonly NamedFault[] => [
  { name: `request lost: ${what}`, words: "request lost" },
  { name: `reply lost: ${what}`, words: "reply lost" },
  { name: `twice: ${what}`, words: "done again 4 s later" },
  { name: `slow: ${what}`, words: `slow (${slow[what] ?? "2.4 s"})` },
];
