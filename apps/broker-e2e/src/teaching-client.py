"""Clients as students wrote them for the teaching broker: no newline, one recv for one message."""

import json
import socket
import sys

READ_SIZE = 100


def ask(connection, request):
    connection.sendall(json.dumps(request).encode())
    return json.loads(connection.recv(READ_SIZE).decode())


def show(value):
    print(json.dumps(value), flush=True)


role, port = sys.argv[1], int(sys.argv[2])
with socket.create_connection(("localhost", port)) as connection:
    if role == "producer":
        for number in range(3):
            show(ask(connection, {"action": "publish", "topic": "lesson", "message": number}))
    elif role == "consumer":
        show(ask(connection, {"action": "subscribe", "topic": "lesson"}))
        for _ in range(3):
            show(json.loads(connection.recv(READ_SIZE).decode()))
    elif role == "getter":
        for _ in range(4):
            show(ask(connection, {"action": "get", "topic": "lesson"}))
    elif role == "sender":
        show(ask(connection, {"action": "send", "text": "Grüße"}))
        show(ask(connection, {"action": "get"}))
    elif role == "listener":
        show(ask(connection, {"action": "listen"}))
        show(json.loads(connection.recv(READ_SIZE).decode()))
