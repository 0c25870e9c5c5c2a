import { trainerConforms } from 'millrace/conformance';
import { stump } from './stump.js';

trainerConforms('stump', stump, { 'one column': 'a stump asks numbers only' });
