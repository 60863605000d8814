// The mark of the product: two lines, the second ending in a tick.

export const markPaths = '<path d="M3 7h9"/><path d="M3 16h6.2l3.6 3.4L21 6.2"/>'

/** As a file of its own, for the tab of a browser. */
export const markImage = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke-width="2.6" stroke-linecap="square">
<style>path{stroke:#014f53}@media(prefers-color-scheme:dark){path{stroke:#76bbb6}}</style>${markPaths}</svg>`
