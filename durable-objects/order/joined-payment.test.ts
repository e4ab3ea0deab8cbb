import { describe, expect, it, vi } from "vitest";
import type { ChargeCommand, ChargeReply, PaymentApi } from "../../shared/contracts/rpc.ts";
import { JoinedPayment } from "./joined-payment.ts";

const captured = (chargeId: string): ChargeReply => ({ ok: true, reference: `ref_${chargeId}` });
const command = (chargeId: string, paymentMethod = "pm_card_visa"): ChargeCommand => ({
  ...{ chargeId, paymentId: "pay_1", orderId: "ord_1", amountMinor: 500, currency: "EUR", paymentMethod, tryNumber: 1, askedAtMs: null },
  context: { requestId: "req", correlationId: "req" },
});

/** Answers at once what has not got a slow card; a slow one is answered by hand. */
function payment({ answersAtOnce = true } = {}) {
  const slow = Promise.withResolvers<ChargeReply>();
  const charge = vi.fn<PaymentApi["charge"]>(({ chargeId, paymentMethod }) =>
    paymentMethod === "slow" ? slow.promise : Promise.resolve(captured(chargeId)),
  );
  const chargeTogether = vi.fn<PaymentApi["chargeTogether"]>((commands) =>
    Promise.resolve(
      answersAtOnce
        ? commands.map(({ chargeId, paymentMethod }) => ({ ok: true, reply: paymentMethod === "slow" ? "alone" : captured(chargeId) }))
        : null,
    ),
  );
  const others = { lookUp: vi.fn(), void: vi.fn(), refund: vi.fn() };
  return { slow, charge, chargeTogether, joined: new JoinedPayment({ charge, chargeTogether, ...others }) };
}

describe("JoinedPayment.charge", () => {
  it("asks once for what is charged in the same moment, and gives each its own answer", async () => {
    const { joined, charge, chargeTogether } = payment();
    const replies = await Promise.all(["a", "b", "c"].map((id) => joined.charge(command(id))));
    expect(replies).toEqual([captured("a"), captured("b"), captured("c")]);
    expect(chargeTogether).toHaveBeenCalledOnce();
    expect(charge).not.toHaveBeenCalled();
  });

  it("charges one alone, as ever", async () => {
    const { joined, charge, chargeTogether } = payment();
    expect(await joined.charge(command("a"))).toEqual(captured("a"));
    expect(charge).toHaveBeenCalledOnce();
    expect(chargeTogether).not.toHaveBeenCalled();
  });

  it("lets nobody wait for another one's slow card", async () => {
    const { joined, slow, charge } = payment();
    const waiting = joined.charge(command("s", "slow"));
    expect(await joined.charge(command("a"))).toEqual(captured("a"));
    await vi.waitFor(() => expect(charge).toHaveBeenCalledExactlyOnceWith(command("s", "slow")));
    slow.resolve(captured("s"));
    expect(await waiting).toEqual(captured("s"));
  });

  it("does not ask a second time together when the provider answers none at once", async () => {
    const { joined, charge, chargeTogether } = payment({ answersAtOnce: false });
    for (const ids of [
      ["a", "b"],
      ["c", "d"],
    ]) {
      expect(await Promise.all(ids.map((id) => joined.charge(command(id))))).toEqual(ids.map(captured));
    }
    expect(chargeTogether).toHaveBeenCalledOnce();
    expect(charge).toHaveBeenCalledTimes(4);
  });

  it("begins no charge that was given up while the provider was asked", async () => {
    vi.useFakeTimers();
    try {
      const { joined, charge, chargeTogether } = payment();
      chargeTogether.mockImplementationOnce(async (commands) => {
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        return commands.map(() => ({ ok: true, reply: "alone" }));
      });
      const outcomes = Promise.allSettled([joined.charge(command("a")), joined.charge(command("b"))]);
      await vi.advanceTimersByTimeAsync(2_000);
      expect((await outcomes).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      expect(charge).not.toHaveBeenCalled();
    } finally {
      vi.useRealTimers();
    }
  });

  it("fails all whose call failed: what became of them must be looked up", async () => {
    const { joined, charge, chargeTogether } = payment();
    chargeTogether.mockRejectedValueOnce(new Error("gone"));
    const outcomes = await Promise.allSettled([joined.charge(command("a")), joined.charge(command("b"))]);
    expect(outcomes).toMatchObject([{ reason: { message: "gone" } }, { reason: { message: "gone" } }]);
    expect(charge).not.toHaveBeenCalled();
  });
});
