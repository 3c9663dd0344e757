"""The story of one request or one event, told with sockets."""
