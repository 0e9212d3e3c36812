import { encode } from 'uqr';

/** Modules of white around it, without which readers don't find it. */
const quiet = 4;

/** A text as a picture to be read by cameras: dark on white on every page, or some would not read it. */
export const QrCode = ({ text, label }: { text: string; label: string }) => {
  const { size, data } = encode(text, { ecc: 'M', border: 0 });
  const whole = size + 2 * quiet;
  return (
    <svg
      class="qr"
      xmlns="http://www.w3.org/2000/svg"
      viewBox={`0 0 ${whole} ${whole}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={whole} height={whole} fill="#fff" />
      <path d={data.map(rowPath).join('')} fill="#000" />
    </svg>
  );
};

/** What is dark in a row, a stretch at a time. */
const rowPath = (row: readonly boolean[], y: number): string => {
  let path = '';
  for (let x = 0; x < row.length; x += 1) {
    if (row[x] !== true) continue;
    const from = x;
    while (row[x + 1] === true) x += 1;
    path += `M${from + quiet} ${y + quiet}h${x + 1 - from}v1H${from + quiet}z`;
  }
  return path;
};
