/** Words of one script, to make names and sentences of. */
export interface Words {
  readonly first: readonly string[];
  readonly last: readonly string[];
  readonly cities: readonly string[];
  readonly country: string;
  readonly companies: readonly string[];
  readonly sentences: readonly string[];
}

/** By how often they are taken: Latin first, then the others. */
export const words: readonly Words[] = [
  {
    first: ['Anna', 'Ben', 'Clara', 'David', 'Emma', 'Frank', 'Grace', 'Henry', 'Isabel', 'Jack', 'Kate', 'Liam'],
    last: ['Baker', 'Carter', 'Dixon', 'Evans', "O'Brien", 'Foster', 'Hughes', 'Jones-Smith', 'Lewis', 'Walker'],
    cities: ['Seattle', 'Leeds', 'Austin', 'Dublin', 'Toronto', 'Perth'],
    country: 'United States',
    companies: ['Northwind', 'Fabrikam', 'Adventure Works', 'Tailspin', 'Litware', 'Proseware', 'Blue Yonder'],
    sentences: [
      'Asked for a quote and a call back next week.',
      'Delivery was late; the customer would like a discount.',
      'Meeting went well, the contract goes to legal review.',
      'Please send the invoice again, the first one got lost.',
      'Interested in the premium plan for 250 seats.',
    ],
  },
  {
    first: ['Zoë', 'Jürgen', 'Łukasz', 'François', 'Ångela', 'Søren', 'Þór', 'Ştefan', 'Máire', 'Iñaki', 'Dvořák'],
    last: ['Müller', 'Nowak-Żuk', 'García Ñíguez', 'Øverland', 'Çelik', 'Škoda', 'Lefèvre', 'Weiß', 'Ğüneş'],
    cities: ['München', 'Łódź', 'São Paulo', 'Åarhus', 'Kraków', 'Genève', 'İzmir'],
    country: 'Österreich',
    companies: ['Großhandel Süd', 'Café Élan', 'Señor Montaña', 'Fjörd Ænergi', 'Žluťoučký kůň'],
    sentences: [
      'Bitte prüfen, ob die Lieferung am Montag möglich ist – größtenteils geklärt.',
      "L'équipe a confirmé le rendez-vous d'août à Genève.",
      'La señora preguntó por la garantía de tres años.',
      'Zażółć gęślą jaźń: pełny zestaw znaków.',
    ],
  },
  {
    first: ['Αλέξανδρος', 'Ελένη', 'Γιώργος', 'Μαρία'],
    last: ['Παπαδόπουλος', 'Νικολάου', 'Αγγελίδη'],
    cities: ['Αθήνα', 'Θεσσαλονίκη'],
    country: 'Ελλάδα',
    companies: ['Ελληνικά Πλοία', 'Ακρόπολις Τεχνική'],
    sentences: ['Η συνάντηση αναβλήθηκε για την Πέμπτη.', 'Ζητήθηκε νέα προσφορά.'],
  },
  {
    first: ['Анна', 'Дмитрий', 'Ольга', 'Ђорђе', 'Їжак'],
    last: ['Иванова', 'Петренко', 'Јовановић', 'Щербаков'],
    cities: ['София', 'Київ', 'Београд', 'Алматы'],
    country: 'България',
    companies: ['Северный ветер', 'Дніпро Логістика', 'Балкан Инжењеринг'],
    sentences: ['Клиент просит перенести поставку.', 'Договір підписано, очікуємо оплату.'],
  },
  {
    first: ['محمد', 'فاطمة', 'نور', 'יעל', 'דוד'],
    last: ['الحسن', 'عبد الله', 'כהן', 'לוי'],
    cities: ['القاهرة', 'دبي', 'תל אביב'],
    country: 'مصر',
    companies: ['شركة النيل', 'מגדל אור'],
    sentences: ['طلب العميل عرض سعر جديد (رقم 42).', 'הפגישה נדחתה ליום שלישי, 10:30.'],
  },
  {
    first: ['伟', '美咲', '지우', '太郎', '秀英'],
    last: ['王', '佐藤', '김', '髙橋', '𠮷田'],
    cities: ['東京', '上海', '서울', '臺北'],
    country: '日本',
    companies: ['青空株式会社', '长江科技', '한빛소프트'],
    sentences: ['お客様から見積もりの依頼がありました。', '请尽快确认交货日期。', '계약서를 검토해 주세요.'],
  },
  {
    first: ['आरव', 'सीता', 'ปิติ', 'தமிழ்'],
    last: ['शर्मा', 'पटेल', 'ศรีสุข'],
    cities: ['दिल्ली', 'मुंबई', 'กรุงเทพฯ'],
    country: 'भारत',
    companies: ['हिमालय ट्रेडर्स', 'ไทยสมบูรณ์'],
    sentences: ['ग्राहक ने नई कीमत मांगी है।', 'ลูกค้าขอเลื่อนนัด'],
  },
  {
    first: ['Robin 🎈', 'Kim', 'Sasha'],
    last: ['Ünïcødé', 'Zero\u200bWidth', '👩‍👩‍👧‍👦'],
    cities: ['🏙️ Metropolis', 'Naïveté'],
    country: '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
    companies: ['Rocket 🚀 Labs', '☕ & Co.'],
    sentences: ['Great call 👍🏽, sending the deck 📎 today.', 'e\u0301 decomposed, é composed, ﬁ ligature.'],
  },
];
