/** The package that is measured beside Genever. By its file: Bun has a stand-in of its own under the package's name. */
export { default as undici } from './node_modules/undici/index.js'
