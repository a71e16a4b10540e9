/** A little poster of a prompt's words as SVG of 256 x 256 units: what the drawn engine gives for plain prompts. */
export function scene(prompt: string, seed: number): string {
  const words = new Set(prompt.toLowerCase().split(/\W+/));
  const random = randomFrom(seed);
  const has = (...names: string[]) => names.some((name) => words.has(name));
  const [top, low] = has('night', 'moon', 'stars')
    ? ['#141b3c', '#3a4a86']
    : has('sunset', 'dusk', 'evening')
      ? ['#5b3b6e', '#f2a65a']
      : has('snow', 'winter')
        ? ['#b9cfe4', '#eef4f8']
        : ['#6db4ea', '#d7ecf7'];
  const ground = has('sea', 'boat', 'harbour', 'lighthouse', 'fish')
    ? '#2c5a86'
    : has('desert', 'cactus')
      ? '#d9a95c'
      : has('snow', 'winter')
        ? '#f4f7fa'
        : '#79b35f';
  const horizon = 150 + Math.round(random() * 24);
  const parts = [
    `<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${low}"/></linearGradient></defs>`,
    `<rect width="256" height="256" fill="url(#s)"/>`,
    `<circle cx="${40 + random() * 176}" cy="${44 + random() * 40}" r="${16 + random() * 10}" fill="${has('night', 'moon') ? '#f4f1de' : '#ffe2a8'}"/>`,
    has('mountain', 'mountains', 'snow') ? `<path d="M-10 ${horizon}L70 ${70 + random() * 30}l60 60 50-70 90 90z" fill="#6d7fa0"/>` : '',
    `<rect y="${horizon}" width="256" height="${256 - horizon}" fill="${ground}"/>`,
    has('tree', 'trees', 'forest', 'field') ? tree(30 + random() * 60, horizon + 20, 0.9 + random() * 0.4) : '',
    has('tree', 'trees', 'forest') ? tree(170 + random() * 50, horizon + 34, 0.8 + random() * 0.5) : '',
    has('house', 'houses', 'village') ? house(90 + random() * 50, horizon + 30, colourIn(words), 1 + random() * 0.3) : '',
    has('lighthouse') ? lighthouse(176 + random() * 30, horizon + 16) : '',
    has('boat', 'boats', 'harbour') ? boat(70 + random() * 70, horizon + 44, colourIn(words), 1.1 + random() * 0.3) : '',
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256" width="256" height="256">${parts.join('')}</svg>`;
}

const paints: Readonly<Record<string, string>> = {
  red: '#d9493d',
  blue: '#3f6fb5',
  yellow: '#f2c94c',
  white: '#f5f1e8',
  green: '#4f9a5b',
  orange: '#ee9646',
};

function colourIn(words: ReadonlySet<string>): string {
  return Object.entries(paints).find(([name]) => words.has(name))?.[1] ?? '#c96f4a';
}

function tree(x: number, y: number, scale: number): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})"><rect x="-5" y="-34" width="10" height="36" fill="#6e4a30"/><circle cy="-58" r="32" fill="#3f8450"/><circle cx="-10" cy="-66" r="16" fill="#4f9a5b"/></g>`;
}

function house(x: number, y: number, colour: string, scale: number): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})"><rect x="-36" y="-52" width="72" height="54" fill="${colour}"/><path d="M-46-50 0-88l46 38z" fill="#5d3a35"/><rect x="-8" y="-26" width="16" height="28" fill="#f3d9a4"/><rect x="-28" y="-42" width="14" height="14" fill="#ffeec2"/><rect x="14" y="-42" width="14" height="14" fill="#ffeec2"/></g>`;
}

function lighthouse(x: number, y: number): string {
  return `<g transform="translate(${x} ${y})"><path d="M-14 0-9-92h18l5 92z" fill="#f5f1e8"/><path d="M-12-30h24l1 16h-26zM-10.500-66h21l1 16h-23z" fill="#d9493d"/><rect x="-8" y="-106" width="16" height="15" fill="#ffd36b"/><path d="M-11-106 0-118l11 12z" fill="#3c4660"/></g>`;
}

function boat(x: number, y: number, colour: string, scale: number): string {
  return `<g transform="translate(${x} ${y}) scale(${scale})"><path d="M-44-16h88L28 8h-58z" fill="#5a3a2a"/><path d="M2-20V-92l40 72z" fill="${colour}"/><path d="M-4-20v-60l-28 60z" fill="#e9e2d4"/></g>`;
}

/** Small generator (Mulberry32) so that a seed gives the same poster each time. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
