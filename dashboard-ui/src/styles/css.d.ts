/** Style sheets are imported for their effect: esbuild joins them into one file. */
declare module '*.css'
