"""The few requests and events of Asterisk's REST interface that we need."""
