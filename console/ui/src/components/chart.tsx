/** Records a minute over the last hour: two lines, in the colours of the theme. */
import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { theme } from "../preferences";
import { shortTime } from "../time";
import type { Pipeline } from "../types";
import { number } from "../wording";

export function Chart({ minutes }: { minutes: Pipeline["minutes"] }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const data: uPlot.AlignedData = [minutes.t, minutes.facts, minutes.decisions];
  useEffect(() => plot.current?.setData(data), [minutes]);
  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(box), data, box);
    };
    const stop = effect(() => {
      theme.value; // colours are those of the theme
      draw();
    });
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", draw);
    const resize = new ResizeObserver(() => plot.current?.setSize({ width: box.clientWidth, height: HEIGHT }));
    resize.observe(box);
    return () => {
      stop();
      resize.disconnect();
      dark.removeEventListener("change", draw);
      plot.current?.destroy();
    };
  }, []);
  return (
    <figure class="chart">
      <div ref={place} aria-hidden="true" />
      <figcaption>
        <span class="key-line facts-line">facts a minute</span>
        <span class="key-line decisions-line">decisions a minute</span>
        <span class="visually-hidden">{textAlternative(minutes)}</span>
      </figcaption>
    </figure>
  );
}

const HEIGHT = 200;

/** The same for those who do not see it. */
function textAlternative({ facts, decisions }: Pipeline["minutes"]): string {
  const sum = (of: number[]) => number(of.reduce((all, one) => all + one, 0));
  return `In the last hour ${sum(facts)} facts came in, at most ${number(Math.max(0, ...facts))} in a minute, and ${sum(decisions)} decisions were made, at most ${number(Math.max(0, ...decisions))} in a minute.`;
}

function options(box: HTMLElement): uPlot.Options {
  const colour = (name: string) => resolveColor(box, name);
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width: box.clientWidth,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false } },
    legend: { show: false },
    scales: { y: { range: (_, __, most) => [0, Math.max(most, 5)] } },
    axes: [
      { ...axis, size: 26, values: (_, at) => at.map((second) => shortTime(second * 1000)), space: 70 },
      { ...axis, size: 44, values: (_, counts) => counts.map(number) },
    ],
    series: [
      { label: "Time", value: (_, at) => (at === null ? "–" : shortTime(at * 1000)) },
      { label: "Facts a minute", stroke: colour("--accent"), fill: `${colour("--accent")}22`, width: 1.5, points: { show: false } },
      { label: "Decisions a minute", stroke: colour("--warm"), width: 1.5, dash: [5, 3], points: { show: false } },
    ],
  };
}

/** A token as the browser resolves it, in hex: a canvas knows no light-dark(). */
function resolveColor(box: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  box.append(probe);
  const [r, g, b] = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).map(Number);
  probe.remove();
  return `#${[r, g, b]
    .map((part) =>
      Math.round(part ?? 0)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}
