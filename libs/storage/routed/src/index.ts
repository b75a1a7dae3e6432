export { RoutedStore, type RoutedStoreOptions } from './routed-store';
