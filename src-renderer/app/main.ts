import { mount } from 'svelte';
import { connectionToStudio } from '../state/connection.ts';
import { Studio } from '../state/studio.svelte.ts';
import '../ui/tokens.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('The page has no place for the application.');
const studio = new Studio(connectionToStudio());
mount(App, { target, props: { studio } });
await studio.start();
