import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import TrustChart from './TrustChart.vue';
import './style.css';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('TrustChart', TrustChart);
  },
} satisfies Theme;
