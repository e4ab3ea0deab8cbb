/** Starts the page: the sign-in form, or the panels for whoever is signed in. */
import { Api } from "./api.js";
import { mountBooks } from "./books.js";
import { Catalogue } from "./catalogue.js";
import { byId } from "./dom.js";
import { humanize } from "./format.js";
import { mountHealth } from "./health.js";
import { mountLatency } from "./latency.js";
import { mountOrderForm } from "./order-form.js";
import { mountOrders } from "./orders.js";
import { endSession, loadSession } from "./session.js";
import { mountSignIn } from "./sign-in.js";
import { mountStock } from "./stock.js";
import { mountTimeline } from "./timeline.js";

/** @import { Session } from "../../console.types.ts" */

// Health needs no key, and whoever cannot sign in wants to see it most.
mountHealth({ api: new Api({ key: null }) });
const session = loadSession();
if (session === null) mountSignIn({ onSignedIn: (signedIn) => showPanels(signedIn) });
else showPanels(session);

/** @param {Session} session */
function showPanels(session) {
  const api = new Api({ key: session.key, onUnauthorized: () => endSession("Your key is not accepted any more. Sign in again.") });
  showWho(session);
  byId("panels", HTMLElement).hidden = false;

  const catalogue = new Catalogue({ api });
  const isOperator = session.role === "operator";
  const timeline = mountTimeline({ api, isOperator, onOrder: (order) => orders.showPlaced(order), onChanged: () => stock.refresh() });
  const orders = mountOrders({ api, openTimeline: timeline.open });
  const stock = mountStock({ api, catalogue, isOperator });
  if (isOperator) mountBooks({ api, openTimeline: timeline.open });
  const latency = mountLatency({ api });
  mountOrderForm({
    api,
    catalogue,
    openTimeline: timeline.open,
    onOrder: (order) => {
      orders.showPlaced(order);
      stock.refresh();
    },
    onAnswer: latency.showLast,
  });
  timeline.followAddress();
}

/** @param {Session} session */
function showWho({ role }) {
  const tag = byId("role", HTMLElement);
  tag.textContent = humanize(role);
  tag.hidden = false;
  const signOut = byId("sign-out", HTMLButtonElement);
  signOut.hidden = false;
  signOut.addEventListener("click", () => endSession());
}
