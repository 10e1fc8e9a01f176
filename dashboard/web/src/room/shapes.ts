/** One neutral shape per family, so that nobody needs to tell colours apart. SVG path data in a box of 100 by 100. */

export interface Shape {
  path: string;
  /** Said to screen readers and in the legend's text. */
  name: "circle" | "triangle" | "diamond" | "square" | "hexagon" | "plus" | "pentagon" | "ring";
}

const circle: Shape = { name: "circle", path: "M50 7a43 43 0 1 0 0 86a43 43 0 1 0 0-86z" };

export const shapes: Record<string, Shape> = {
  iOS: circle,
  Android: { name: "triangle", path: "M50 8L95 88H5z" },
  HarmonyOS: { name: "diamond", path: "M50 3L97 50L50 97L3 50z" },
  Windows: { name: "square", path: "M12 12H88V88H12z" },
  macOS: { name: "hexagon", path: "M50 4L90 27V73L50 96L10 73V27z" },
  Linux: { name: "plus", path: "M35 7H65V35H93V65H65V93H35V65H7V35H35z" },
  ChromeOS: { name: "pentagon", path: "M50 5L95 38L78 91H22L5 38z" },
  other: {
    name: "ring",
    path: "M50 7a43 43 0 1 0 0 86a43 43 0 1 0 0-86zM50 30a20 20 0 1 1 0 40a20 20 0 1 1 0-40z",
  },
};

const ring = shapes.other ?? circle;

/** The shape of a family; a family that we have never heard of is a ring. */
export function shapeOf(family: string): Shape {
  return shapes[family] ?? ring;
}
