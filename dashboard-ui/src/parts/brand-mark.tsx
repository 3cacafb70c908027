/** The mark: three services and the calls between them. */
export function BrandMark() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3f51b5" />
      <path
        d="M10 23 16 15.500 22.500 10M16 15.500 10 11"
        fill="none"
        stroke="#fff"
        stroke-width="2.4"
        stroke-linecap="round"
      />
      <g fill="#fff">
        <circle cx="10" cy="23" r="3.400" />
        <circle cx="23" cy="9.500" r="3.400" />
        <circle cx="9" cy="10" r="2.600" />
      </g>
    </svg>
  )
}
