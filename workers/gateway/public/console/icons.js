/** Small drawn signs, so that no state is told by colour alone. Always beside a text, and hidden from screen readers. */

const svgNamespace = "http://www.w3.org/2000/svg";

const shapes = {
  check: "M3.5 8.5l3 3 6-7",
  cross: "M4 4l8 8M12 4l-8 8",
  alert: "M8 3v6M8 12.4v.2",
  clock: "M8 4.2V8l2.6 1.8M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8z",
  dash: "M4 8h8",
};

/** @import { Tone } from "../../console.types.ts" */

/** @type {Record<Tone, keyof typeof shapes>} */
const shapeOfTone = { good: "check", bad: "cross", warn: "alert", busy: "clock", neutral: "dash" };

/**
 * The sign of a tone.
 *
 * @param {Tone} tone
 * @returns {SVGSVGElement}
 */
export function toneIcon(tone) {
  const svg = document.createElementNS(svgNamespace, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svgNamespace, "path");
  path.setAttribute("d", shapes[shapeOfTone[tone]]);
  svg.append(path);
  return svg;
}
