"""Photos: taken in, re-encoded, kept by their hash under the data folder, shown only to the member they are about and the store's staff."""
