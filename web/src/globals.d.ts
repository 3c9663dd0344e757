/** The commit this page was built from. */
declare const __BUILD__: string;
