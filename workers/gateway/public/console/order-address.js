/** Where an order is in this page: the address's fragment, `#/orders/ord_…`, which a link, a reload and the history keep. */

/** @param {string} orderId @returns {string} */
export const addressOf = (orderId) => `#/orders/${orderId}`;

/** @param {string} hash `location.hash` @returns {string | null} whether there is such an order is the gateway's to say */
export const orderIdIn = (hash) => /^#\/orders\/([^/]+)$/.exec(hash)?.[1] ?? null;
