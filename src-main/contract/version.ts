/** Version of the application, equal to the one in package.json (a test compares them). */
export const applicationVersion = '0.1.0';
