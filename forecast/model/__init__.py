"""The model: equations only, pure functions on arrays of draws × quarters."""
