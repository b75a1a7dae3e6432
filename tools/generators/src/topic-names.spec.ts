import { topicNames } from './topic-names';

it.each([
  ['orders', 'orders', 'Orders', 'orders'],
  ['orders.created', 'orders-created', 'OrdersCreated', 'ordersCreated'],
  ['stock_prices', 'stock-prices', 'StockPrices', 'stockPrices'],
  ['chat-room.v2', 'chat-room-v2', 'ChatRoomV2', 'chatRoomV2'],
])('the topic %s has files %s, classes %s and constants %s', (topic, fileName, className, propertyName) => {
  expect(topicNames(topic)).toEqual({ topic, fileName, className, propertyName });
});

it.each([
  ['', 'must be 1 to'],
  ['or ders', 'must not contain white space'],
  ['orders..new', 'must not have empty tokens'],
  ['orders.*', 'is a filter: name one topic'],
  ['$pochta.info', 'must not begin with $'],
  ['2024', 'must begin with a letter'],
  ["o'hara", 'must begin with a letter, and hold letters'],
])('%j is refused, and why is said', (topic, problem) => {
  expect(() => topicNames(topic)).toThrow(problem);
  expect(() => topicNames(topic)).toThrow(JSON.stringify(topic));
});
