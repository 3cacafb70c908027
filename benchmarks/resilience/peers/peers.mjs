/** The packages that are measured beside Genever, behind one import; it stands where they are installed. */
export * as cockatiel from 'cockatiel'
export { default as Opossum } from 'opossum'
