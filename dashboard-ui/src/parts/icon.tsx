/** Icons: strokes on a grid of 16, drawn in the colour of the text. */
const paths = {
  services: 'M2.500 3.500h11v3.500h-11zM2.500 9h11v3.500h-11zM5 5.250h.01M5 10.750h.01',
  topology:
    'M4 4.500a1.500 1.500 0 1 0 0-.01M12 3.500a1.500 1.500 0 1 0 0-.01M8 13a1.500 1.500 0 1 0 0-.01M5 5.500l2.400 5.800M11.500 5 8.800 11.200M5.500 4.200l4.800-.5',
  slo: 'M2.500 11.500a5.500 5.500 0 1 1 11 0M8 11.500l2.800-3.800',
  traces: 'M2.500 3.500h7M4.500 6.500h8M6.500 9.500h4M8.500 12.500h5',
  logs: 'M2.500 3.500h11M2.500 6.500h8M2.500 9.500h11M2.500 12.500h6',
  metrics: 'M2.500 13.500h11M2.500 10.500l3-4 3 2.500 4.500-6',
  routes: 'M2.500 8h8M7.500 4.500 11 8l-3.500 3.500M13.500 3v10',
  config: 'M2.500 4.500h6M12 4.500h1.500M10 6.300V2.700M2.500 11.500H4M7.500 11.500h6M5.800 13.300V9.700',
  faults: 'M9 1.800 3.500 9H8l-1 5.200L12.500 7H8z',
  activity: 'M2 8h2.500l2-5 3 10 2-5H14',
  search: 'M7 11.500a4.500 4.500 0 1 0 0-9 4.500 4.500 0 0 0 0 9zM10.500 10.500l3 3',
  close: 'M4 4l8 8M12 4l-8 8',
  menu: 'M2.500 4.500h11M2.500 8h11M2.500 11.500h11',
  sun: 'M8 10.800a2.800 2.800 0 1 0 0-5.600 2.800 2.800 0 0 0 0 5.600zM8 1.500V3M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1.100 1.100M11.500 11.500l1.100 1.100M12.600 3.400l-1.100 1.100M4.500 11.500l-1.100 1.100',
  moon: 'M13.500 9.600A5.700 5.700 0 0 1 6.400 2.500a5.700 5.700 0 1 0 7.100 7.100z',
  keyboard: 'M1.500 4h13v8h-13zM4 6.500h.01M6.700 6.500h.01M9.300 6.500h.01M12 6.500h.01M5 9.500h6',
  play: 'M5 3.300v9.400L12.500 8z',
  pause: 'M5.500 3.500v9M10.500 3.500v9',
  stop: 'M4 4h8v8H4z',
  restart: 'M13 8a5 5 0 1 1-1.500-3.600M13 2.500v2.800h-2.800',
  copy: 'M5.500 5.500h8v8h-8zM3.500 10.500h-1v-8h8v1',
  check: 'M3 8.500 6.500 12 13 4.500',
  chevron: 'M6 4l4 4-4 4',
  back: 'M10 3.500 5.500 8 10 12.500',
  lock: 'M4 7.500h8v6H4zM5.500 7.500V5a2.500 2.500 0 0 1 5 0v2.500',
  alert: 'M8 2 1.800 13.200h12.400zM8 6.300v3.200M8 11.400h.01',
  down: 'M8 3v9.500M4 8.700l4 4 4-4',
  external: 'M9.500 2.500h4v4M13.500 2.500 8 8M11.500 9v4.500h-9v-9H7',
  fit: 'M2.500 6V2.500H6M10 2.500h3.500V6M13.500 10v3.500H10M6 13.500H2.500V10',
} as const

export type IconName = keyof typeof paths

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.4"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}
