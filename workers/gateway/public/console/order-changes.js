/** What can be done to the order that a sheet shows: its forms, which live on while the order is read again, and their results. */
import { changeForm } from "./change-form.js";
import { changeKinds } from "./change-kinds.js";
import { byId, h, renderKeyed } from "./dom.js";
import { showNote } from "./notes.js";
import { offersFor } from "./order-offers.js";
import { changeSender } from "./send-change.js";

/** @import { Api } from "./api.js" */
/** @import { ChangeForm } from "./change-form.js" */
/** @import { Change } from "./change-kinds.js" */
/** @import { Offered } from "./order-offers.js" */
/** @import { WireOrder, WirePayment } from "../../console.types.ts" */

/**
 * @param {object} options
 * @param {Api} options.api
 * @param {HTMLElement} options.place
 * @param {boolean} options.isOperator
 * @param {() => void} options.onChanged told when the order may have changed
 * @returns {{ show: (order: WireOrder, payment: WirePayment) => void, clear: () => void }}
 */
export function mountOrderChanges({ api, place, isOperator, onChanged }) {
  const buttons = h("div", { class: "actions" });
  const forms = h("div", {});
  const result = h("div", { role: "status", "data-part": "result" });
  /** @type {Map<string, ChangeForm>} */
  let made = new Map();
  // Another order is shown: what was sent for the one before says nothing here.
  let shown = 0;
  place.replaceChildren(buttons, forms, result);

  const make = (/** @type {string} */ id, /** @type {Change} */ change) => {
    const { send, forget } = changeSender(api, change);
    return changeForm({
      id,
      change,
      onOpen: () => {
        for (const other of made.values()) other.close();
        showNote(result, null);
      },
      onHint: (hint) => showNote(result, { tone: "warn", title: hint }),
      send: async (body) => {
        const sentFor = shown;
        showNote(result, { tone: "busy", title: "Sending…" });
        const { kind, note } = await send(body);
        if (sentFor === shown) showNote(result, note);
        onChanged();
        return kind;
      },
      onForget: () => {
        forget();
        showNote(result, null);
        onChanged();
      },
    });
  };

  return {
    show: (order, payment) => {
      const hadFocus = place.contains(document.activeElement);
      const offered = offersFor(order, payment, { isOperator }).map((offered) => unansweredOf(made, offered) ?? offered);
      made = new Map(offered.map(({ key, offer }) => [key, made.get(key) ?? make(idOf(offer), changeKinds[offer](order, payment))]));
      renderEntries(buttons, offered, (key) => made.get(key)?.button);
      renderEntries(forms, offered, (key) => made.get(key)?.form);
      if (hadFocus && !place.contains(document.activeElement)) byId("sheet-title", HTMLElement).focus();
    },
    clear: () => {
      shown += 1;
      made = new Map();
      buttons.replaceChildren();
      forms.replaceChildren();
      showNote(result, null);
    },
  };
}

/**
 * A form that waits for an answer stays, whatever the order has become: only its key can tell what became of the request.
 *
 * @param {ReadonlyMap<string, ChangeForm>} made
 * @param {Offered} offered
 * @returns {Offered | undefined}
 */
function unansweredOf(made, { offer }) {
  const waiting = [...made].find(([, { form, isUnanswered }]) => form.id === idOf(offer) && isUnanswered());
  return waiting === undefined ? undefined : { offer, key: waiting[0] };
}

/** @param {Offered["offer"]} offer */
const idOf = (offer) => `change-${offer}`;

/** @param {HTMLElement} container @param {readonly Offered[]} offered @param {(key: string) => HTMLElement | undefined} elementOf */
const renderEntries = (container, offered, elementOf) =>
  renderKeyed(container, offered, {
    keyOf: ({ key }) => key,
    create: ({ key }) => elementOf(key) ?? h("span"),
    update: () => {},
  });
