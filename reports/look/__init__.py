"""The first look at a survey: `loadstone look`."""
