/** Small drawn signs, so that no state is told by colour alone. Always beside a text, and hidden from screen readers. */

const svgNamespace = "http://www.w3.org/2000/svg";

const shapes = {
  check: "M3.5 8.5l3 3 6-7",
  cross: "M4 4l8 8M12 4l-8 8",
  alert: "M8 3v6M8 12.4v.2",
  clock: "M8 4.2V8l2.6 1.8M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
  dash: "M4 8h8",
  cart: "M1.8 3h1.9l1.7 7h6.3l1.6-5H4.3M6 13.2v.1M11 13.2v.1",
  box: "M2.5 5.2L8 2.5l5.5 2.7v5.6L8 13.5l-5.5-2.7zM2.5 5.2L8 8l5.5-2.8M8 8v5.5",
  card: "M2 4.2h12v7.8H2zM2 7h12",
  lens: "M7 2.8a4.2 4.2 0 1 0 0 8.4 4.2 4.2 0 0 0 0-8.4M10.2 10.2l3.3 3.3",
  back: "M6 3.5L2.8 6.7 6 9.9M3 6.7h7a3 3 0 0 1 0 6H7",
  stop: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2M4 4l8 8",
  truck: "M1.5 4h8v6.8h-8zM9.5 6.6h2.7l2.3 2.4v1.8h-5M4.2 12.8v.1M11.8 12.8v.1",
};

/** @typedef {keyof typeof shapes} Shape */

/** @import { Tone } from "../../console.types.ts" */

/** @type {Record<Tone, Shape>} */
const shapeOfTone = { good: "check", bad: "cross", warn: "alert", busy: "clock", neutral: "dash" };

/**
 * The sign of a tone.
 *
 * @param {Tone} tone
 * @returns {SVGSVGElement}
 */
export const toneIcon = (tone) => shapeIcon(shapeOfTone[tone]);

/** @param {Shape} shape @returns {SVGSVGElement} */
export function shapeIcon(shape) {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", shapes[shape]);
  svg.append(path);
  return svg;
}
